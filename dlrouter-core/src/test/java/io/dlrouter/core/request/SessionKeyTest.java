package io.dlrouter.core.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionKeyTest {
    private static final String EVERY_SOURCE = """
            {"session_params":{"session_id":"params"},"user":"user","session_id":"session","user_id":"id",
             "messages":[{"role":"user","content":"Hi"}]}""";

    @Test
    void read_allHeaders_takesTheFirstInOrder() {
        InferenceRequest tenant = request(EVERY_SOURCE).withHeader("X-Tenant-Id", "tenant");
        InferenceRequest user = tenant.withHeader("X-User-Id", "user of header");
        InferenceRequest session = user.withHeader("X-Session-Id", "session of header");

        assertThat(key(tenant)).isEqualTo("tenant");
        assertThat(key(user)).isEqualTo("user of header");
        assertThat(key(session)).isEqualTo("session of header");
    }

    @Test
    void read_blankHeader_goesOnToTheNextSource() {
        InferenceRequest request = request(EVERY_SOURCE).withHeader("x-session-id", " ");

        assertThat(key(request)).isEqualTo("\"params\"");
        assertThat(key(request.withHeader("x-tenant-id", "tenant"))).isEqualTo("tenant");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"session_params\":{\"session_id\":\"a\"},\"user\":\"b\",\"session_id\":\"c\",\"user_id\":\"d\"} | \"a\"",
                "{\"user_id\":\"d\",\"session_id\":\"c\",\"user\":\"b\"} | \"b\"",
                "{\"user_id\":\"d\",\"session_id\":\"c\"}             | \"c\"",
                "{\"user_id\":\"d\"}                                  | \"d\"",
                "{\"session_id\":42}                                  | 42",
                "{\"session_params\":{\"rid\":1},\"user\":\"b\"}      | \"b\"",
                "{\"session_params\":null,\"user\":\"b\"}             | \"b\"",
            })
    void read_members_takesTheFirstInOrder(String body, String key) {
        assertThat(key(body)).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "\"\"", "null"})
    void read_valueThatIsNoSession_goesOnToTheNextSource(String none) {
        assertThat(key("{\"session_params\":{\"session_id\":%1$s},\"user\":%1$s,\"session_id\":%1$s,\"user_id\":7}"
                        .formatted(none)))
                .isEqualTo("7");
        assertThat(key("{\"session_id\":" + none + ",\"prompt\":\"a\"}")).isEqualTo(key("{\"prompt\":\"a\"}"));
    }

    @Test
    void read_turnsOfOneChat_haveOneKey() {
        String beginning = "[{\"role\":\"system\",\"content\":\"Be short.\"},{\"role\":\"user\",\"content\":\"Hi\"}";

        String first = key("{\"messages\":" + beginning + "]}");

        assertThat(
                        key(
                                "{\"temperature\":1,\"messages\":" + beginning
                                        + ",{\"role\":\"assistant\",\"content\":\"Hello\"},{\"role\":\"user\",\"content\":\"Go on\"}]}"))
                .isEqualTo(first);
        assertThat(key("{\"messages\": " + beginning + " , {\"role\":\"assistant\",\"content\":\"Hey\"} ] }"))
                .isEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"role\":\"system\",\"content\":\"Be short.\"},{\"role\":\"user\",\"content\":\"Ho\"}]",
                "[{\"role\":\"system\",\"content\":\"Be long.\"},{\"role\":\"user\",\"content\":\"Hi\"}]",
                "[{\"role\":\"user\",\"content\":\"Hi\"}]",
                "[{\"role\":\"system\",\"content\":\"Be short.\"}]",
                "[]",
                "\"Hi\"",
                "null",
            })
    void read_anotherBeginning_hasAnotherKey(String messages) {
        String chat =
                "{\"messages\":[{\"role\":\"system\",\"content\":\"Be short.\"},{\"role\":\"user\",\"content\":\"Hi\"}]}";

        assertThat(key("{\"messages\":" + messages + "}")).isNotEqualTo(key(chat));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1,{\"role\":\"user\"}]",
                "[{\"role\":3},{\"role\":\"us\\u0065r\"},[]]",
                "[{\"role\":{\"role\":\"user\"}}]",
                "[{}]",
                "[[]]",
            })
    void read_oddMessages_stillHasOneKey(String messages) {
        String body = "{\"messages\":" + messages + "}";

        assertThat(key(body)).isNotEmpty().isEqualTo(key(body));
    }

    @Test
    void read_roleWrittenWithEscapes_isTheUsersAllTheSame() {
        String beginning = "{\"messages\":[{\"role\":\"us\\u0065r\",\"content\":\"Hi\"}";

        assertThat(key(beginning + ",{\"role\":\"assistant\",\"content\":\"Hello\"}]}"))
                .isEqualTo(key(beginning + "]}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"prompt", "input_ids", "text", "input"})
    void read_prompts_areToldApartByTheirFirst1024Bytes(String member) {
        String same = "x".repeat(1023);
        String body = "{\"" + member + "\":\"";

        String key = key(body + same + "a\"}");

        assertThat(key(body + same + "b, and more of it\"}")).isEqualTo(key);
        assertThat(key(body + same.substring(1) + "ab\"}")).isNotEqualTo(key);
    }

    @Test
    void read_promptThatBeginsALongerOne_hasAnotherKey() {
        assertThat(key("{\"prompt\":\"a\"}")).isNotEqualTo(key("{\"prompt\":\"ab\"}"));
    }

    @Test
    void read_nothingItKnows_isByTheBodysFirst1024Bytes() {
        assertThat(key("{\"a\":1}")).isEqualTo(key("{\"a\":1}")).isNotEqualTo(key("{\"a\":2}"));
        assertThat(key("{\"a\":\"" + "x".repeat(2000) + "\"}"))
                .isEqualTo(key("{\"a\":\"" + "x".repeat(2000) + "\",\"b\":1}"));
    }

    private static String key(String body) {
        return key(request(body));
    }

    private static String key(InferenceRequest request) {
        return new SessionKey(request, RequestContent.read(request, 1 << 20)).read();
    }

    private static InferenceRequest request(String body) {
        return InferenceRequest.post("/v1/chat/completions", body.getBytes(UTF_8));
    }
}
