package io.dlrouter.core.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ApiDialectTest {

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, COMPLETIONS",
        "/v1/chat/completions/?a=/v1/messages, COMPLETIONS",
        "/v1/completions, COMPLETIONS",
        "/v1/responses?x=1, RESPONSES",
        "/v1/responses/resp_1/cancel, OTHER",
        "/v1/messages, MESSAGES",
        "/v1/messages/, MESSAGES",
        "/v1/messages/count_tokens, MESSAGES",
        "/v1/messagesx, OTHER",
        "/generate, OTHER",
        "/v1/audio/transcriptions, OTHER",
        "'', OTHER",
    })
    void of_path_isItsDialect(String path, ApiDialect expected) {
        assertThat(ApiDialect.of(path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error",
        "401, authentication_error",
        "403, permission_error",
        "404, not_found_error",
        "405, invalid_request_error",
        "413, request_too_large",
        "415, invalid_request_error",
        "429, rate_limit_error",
        "500, api_error",
        "502, api_error",
        "503, overloaded_error",
        "504, timeout_error",
    })
    void errorBody_messages_hasAnthropicsTypeForTheStatus(int status, String type) {
        assertThat(body(ApiDialect.MESSAGES, status))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"why \\\"x\\\"\"}}");
    }

    @Test
    void errorBody_otherDialects_haveOpenAisShape() {
        for (ApiDialect dialect : new ApiDialect[] {ApiDialect.COMPLETIONS, ApiDialect.RESPONSES, ApiDialect.OTHER}) {
            assertThat(body(dialect, 502))
                    .isEqualTo("{\"error\":{\"message\":\"why \\\"x\\\"\",\"type\":\"server_error\",\"param\":null,"
                            + "\"code\":\"c\"}}");
        }
    }

    private static String body(ApiDialect dialect, int status) {
        OpenAiError error = new OpenAiError(status, "c", "why \"x\"", Optional.empty(), Map.of());
        return new String(dialect.errorBody(error), UTF_8);
    }
}
