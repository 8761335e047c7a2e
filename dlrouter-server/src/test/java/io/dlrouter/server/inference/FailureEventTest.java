package io.dlrouter.server.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.core.openai.OpenAiError;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FailureEventTest {
    private static final OpenAiError ERROR = OpenAiError.of(new BadNodeResponseException("node \"a\"\nfailed"));
    private static final String CREATED =
            "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":"
                    + "{\"id\":\"resp_1\",\"created_at\":1740855869.50,\"status\":\"in_progress\",\"error\":null,\"output\":[]}}\n\n";

    @Test
    void of_completions_isTheErrorAsData() {
        assertThat(event("/v1/chat/completions", "data: {}\n\n"))
                .isEqualTo("data: {\"error\":{\"message\":\"node \\\"a\\\"\\nfailed\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":\"bad_node_response\"}}\n\n");
    }

    @Test
    void of_messages_isAnErrorEvent() {
        assertThat(event("/v1/messages", "event: ping\ndata: {}\n\n"))
                .isEqualTo("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                        + "\"message\":\"node \\\"a\\\"\\nfailed\"}}\n\n");
    }

    @Test
    void of_responses_isTheResponseThatFailed() {
        String delta = "event: response.output_text.delta\ndata: {\"delta\":\"\\\"sequence_number\\\":77\","
                + "\"sequence_number\": 41}\n\n";

        assertThat(event("/v1/responses", CREATED + delta))
                .isEqualTo("event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":42,"
                        + "\"response\":{\"id\":\"resp_1\",\"created_at\":1740855869.50,\"output\":[],\"status\":\"failed\","
                        + "\"error\":{\"code\":\"server_error\",\"message\":\"node \\\"a\\\"\\nfailed\"}}}\n\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {": ping\n\n", "data: {\"response\":7}\n\n", "data: {\"response\":{\"id\":}\n\n", "data: 1\n\n"})
    void of_responsesWithoutADescription_isAResponseThatFailed(String sent) {
        assertThat(event("/v1/responses", sent))
                .startsWith("event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":0,")
                .contains("\"object\":\"response\"", "\"output\":[]", "\"status\":\"failed\"")
                .endsWith("\"error\":{\"code\":\"server_error\",\"message\":\"node \\\"a\\\"\\nfailed\"}}}\n\n");
    }

    @Test
    void of_responsesWithALongFirstEvent_isAResponseThatFailed() {
        assertThat(event("/v1/responses", CREATED.replace("resp_1", "x".repeat(100_000))))
                .contains("\"sequence_number\":1", "\"object\":\"response\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n\n", "\r\r", "\r\n\r\n", "\n\r\n", "\r\n\n"})
    void of_lastEventComplete_isThere(String blankLine) {
        assertThat(event("/v1/completions", "data: {}" + blankLine)).isNotEmpty();
        assertThat(event("/v1/completions", ": ping" + blankLine)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"d", "data: {}", "data: {}\n", "data: {}\r\n", "data: {}\r\n\r", "data: {}\n\nd", "\r"})
    void of_lastEventIncomplete_isNone(String sent) {
        assertThat(event("/v1/completions", sent)).isEmpty();
    }

    @Test
    void of_unknownDialect_isNone() {
        assertThat(event("/generate", "data: {}\n\n")).isEmpty();
        assertThat(FailureEvent.create("/generate", headers()).isPossible()).isFalse();
    }

    @Test
    void of_responseThatIsNoPlainStream_isNone() {
        assertThat(event("/v1/completions", headers().put("Content-Type", "application/json"), "{}\n\n"))
                .isEmpty();
        assertThat(event("/v1/completions", headers().put("Content-Encoding", "gzip"), "data: {}\n\n"))
                .isEmpty();
        assertThat(event("/v1/completions", headers().put("Content-Encoding", "identity"), "data: {}\n\n"))
                .isNotEmpty();
    }

    private static HttpFields.Mutable headers() {
        return HttpFields.build().put("Content-Type", "text/event-stream; charset=utf-8");
    }

    private static String event(String path, String sent) {
        return event(path, headers(), sent);
    }

    /** Relays one byte at a time, and all at once, which is to make no difference. */
    private static String event(String path, HttpFields headers, String sent) {
        FailureEvent slow = FailureEvent.create(path, headers);
        FailureEvent fast = FailureEvent.create(path, headers);
        byte[] bytes = sent.getBytes(UTF_8);
        for (byte one : bytes) {
            slow.relayed(new byte[] {one, 0}, 1);
        }
        fast.relayed(bytes, bytes.length);
        assertThat(text(slow)).isEqualTo(text(fast));
        return text(fast);
    }

    private static String text(FailureEvent event) {
        return event.of(ERROR).map(bytes -> new String(bytes, UTF_8)).orElse("");
    }
}
