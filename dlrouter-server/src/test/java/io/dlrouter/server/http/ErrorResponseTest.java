package io.dlrouter.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.RouterException;
import io.dlrouter.TooManyRequestsException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ErrorResponseTest {

    @ParameterizedTest
    @MethodSource("exceptions")
    void of_exception_hasItsStatusCodeAndType(RouterException e, int status, String type) {
        ErrorResponse error = ErrorResponse.of(e);

        assertThat(error.status()).isEqualTo(status);
        assertThat(error.headers())
                .containsEntry("x-dlrouter-error", e.code())
                .containsEntry("Content-Type", "application/json");
        assertThat(text(error)).contains("\"type\":\"" + type + "\"").contains("\"code\":\"" + e.code() + "\"");
    }

    static Stream<Arguments> exceptions() {
        return Stream.of(
                Arguments.of(new InvalidRequestException("x", "model"), 400, "invalid_request_error"),
                Arguments.of(new ModelNotFoundException("x"), 404, "invalid_request_error"),
                Arguments.of(new NodeUnreachableException("x"), 502, "server_error"),
                Arguments.of(new NoNodeAvailableException("x"), 503, "server_error"),
                Arguments.of(new NodeTimeoutException("x"), 504, "server_error"));
    }

    @Test
    void json_messageToEscape_isEscaped() {
        ErrorResponse error = ErrorResponse.invalidRequest("a \"b\" \n ü", "model");

        assertThat(text(error))
                .isEqualTo("{\"error\":{\"message\":\"a \\\"b\\\" \\n ü\",\"type\":\"invalid_request_error\","
                        + "\"param\":\"model\",\"code\":\"invalid_request\"}}");
    }

    @Test
    void json_noParam_isNull() {
        assertThat(text(ErrorResponse.shuttingDown())).contains("\"param\":null");
    }

    @Test
    void json_messagesPath_hasAnthropicsShape() {
        assertThat(new String(ErrorResponse.requestTooLarge(7).json("/v1/messages"), UTF_8))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\","
                        + "\"message\":\"Body too large (expected: at most 7 bytes)\"}}");
    }

    @Test
    void headers_backPressure_haveRetryAfter() {
        assertThat(ErrorResponse.of(new NoNodeAvailableException("x")).headers())
                .containsEntry("Retry-After", "1");
        assertThat(ErrorResponse.of(new TooManyRequestsException("x")).headers())
                .containsEntry("Retry-After", "1");
        assertThat(ErrorResponse.of(new NodeUnreachableException("x")).headers())
                .doesNotContainKey("Retry-After");
    }

    private static String text(ErrorResponse error) {
        return new String(error.json("/v1/completions"), UTF_8);
    }
}
