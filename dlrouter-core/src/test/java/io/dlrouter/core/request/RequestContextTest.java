package io.dlrouter.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.JsonValue;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestContextTest {

    @Test
    void model_named_isReadWithoutAskingWhichThereAre() {
        RequestContext context = Nodes.context(TestFleet.chat("{\"mod\\u0065l\":\"q\\u0077en\"}"), () -> {
            throw new AssertionError("asked for the only model");
        });

        assertThat(context.model()).isEqualTo("qwen");
        assertThat(context.role()).isEqualTo(Role.HYBRID);
    }

    @Test
    void model_notNamed_isTheOnlyOneThereIs() {
        assertThat(Nodes.context(TestFleet.chat("{\"prompt\":\"a\"}"), () -> "only")
                        .model())
                .isEqualTo("only");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"a\",\"model\":\"a\"}",
                "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}",
                "{\"model\":16}",
                "{\"model\":[\"a\"]}",
                "{\"model\":{\"a\":1}}",
            })
    void model_severalOrNoString_isRefusedByName(String body) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> read(body))
                .withMessageContaining("'model'")
                .withMessageContaining("expected")
                .satisfies(refused -> assertThat(refused.param()).hasValue("model"))
                .satisfies(refused -> assertThat(refused.status()).isEqualTo(400));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "secret",
                "{\"a\":secret\"}",
                "{\"model\":\"sec\\ret\"",
                "{\"model\":\"\\secret\"}",
                "{\"model\":\"m\",\"session_params\":{\"\\secret\":1}}",
                "{\"model\":\"m\",\"messages\":[{\"\\secret\":1}]}",
            })
    void read_bodyIsNoObject_isRefusedWithoutQuotingIt(String body) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> read(body))
                .withMessageStartingWith("The body is not a JSON object: ")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("secret"))
                .satisfies(refused -> assertThat(refused.param()).isEmpty());
    }

    @Test
    void member_named_isItsTextAsItStands() {
        assertThat(read("{\"model\":\"m\",\"seed\": 16.0 }").member("seed").map(JsonValue::text))
                .hasValue("16.0");
        assertThat(read("{\"model\":\"m\"}").member("seed")).isEmpty();
    }

    @Test
    void sessionKey_readTwice_isReadOnce() {
        RequestContext context = read("{\"model\":\"m\",\"prompt\":\"a\"}");

        assertThat(context.sessionKey()).isSameAs(context.sessionKey());
    }

    @Test
    void sessionKey_header_isThatOfTheRequest() {
        InferenceRequest request = TestFleet.chat("{\"model\":\"m\"}").withHeader("X-Session-Id", "s");

        assertThat(Nodes.context(request, () -> "m").sessionKey()).isEqualTo("s");
    }

    @Test
    void route_ofAnyPath_isItsPlaceWithoutQueryAndTrailingSlash() {
        for (String path :
                List.of("/v1/completions", "/v1/completions/", "/v1/completions?a=/b", "/v1/completions/?a")) {
            InferenceRequest request =
                    InferenceRequest.post(path, TestFleet.chat().body());

            assertThat(Nodes.context(request, () -> "m").route()).isEqualTo("/v1/completions");
        }
    }

    @Test
    void body_nothingToTakeOut_isTheCallersArray() {
        InferenceRequest request = TestFleet.chat();

        assertThat(Nodes.context(request, () -> "m").body(BodyEdit.NONE)).isSameAs(request.body());
    }

    private static RequestContext read(String body) {
        return Nodes.context(TestFleet.chat(body), () -> "m");
    }
}
