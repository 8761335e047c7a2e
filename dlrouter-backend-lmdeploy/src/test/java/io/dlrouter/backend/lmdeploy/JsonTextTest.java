package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {

    @Test
    void elements_anyValues_areAsTheyWereWritten() {
        assertThat(new JsonText("[ 18446744073709551615,1.0 ,1e2, -0,\"\\u00e9\\/ä\", { \"a\" : [ 1 ] } ,null,true]")
                        .elements())
                .isEqualTo(List.of(
                        new JsonText("18446744073709551615"),
                        new JsonText("1.0"),
                        new JsonText("1e2"),
                        new JsonText("-0"),
                        new JsonText("\"\\u00e9\\/ä\""),
                        new JsonText("{ \"a\" : [ 1 ] }"),
                        new JsonText("null"),
                        new JsonText("true")));
    }

    @Test
    void members_ofAnObject_areAsTheyWereWritten() {
        assertThat(new JsonText("{\"a\": 140737488355328001 ,\"b\":[ ]}").members())
                .isEqualTo(Map.of("a", new JsonText("140737488355328001"), "b", new JsonText("[ ]")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"a\":}", "{\"a\":1}{", "{\"a\":1} 2", "[]", "<html>", "{\"a\":[1}"})
    void members_ofSomethingElse_saysWhatWasExpected(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new JsonText(text).members())
                .withMessageEndingWith(" (expected: an object)");
    }
}
