package io.dlrouter.core.pd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.json.ParsedJson;
import io.dlrouter.core.pd.twostage.HandoverEdit;
import io.dlrouter.core.pd.twostage.PromptUsage;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseEditTest {
    private static final ResponseEdit HIDING = new HandoverEdit(Set.of("kv", "cluster"), Optional.empty(), false);
    private static final ResponseEdit COUNTING = new HandoverEdit(
            Set.of("kv", "cluster"), Optional.of(new PromptUsage(7, Optional.of("{\"cached_tokens\":4}"))), false);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"kv\":{\"host\":\"10.0.0.1\"}}              | {}",
                "{\"kv\":1,\"n\":16.0}                         | {\"n\":16.0}",
                "{\"n\":16.0,\"cluster\":null,\"kv\":{}}       | {\"n\":16.0}",
                "{\"cluster\":1,\"seed\":18446744073709551616} | {\"seed\":18446744073709551616}",
                "{ \"a\" : [ {\"kv\":1} ] , \"kv\" : 2 }       | { \"a\" : [ {\"kv\":1} ] }",
            })
    void apply_hiddenMembers_areTakenOutAndNothingElse(String response, String expected) {
        assertThat(applied(HIDING, response)).isEqualTo(expected);
    }

    @Test
    void apply_usage_isMergedAndTheRestStays() {
        String response = applied(
                COUNTING,
                "{\"id\":\"1\",\"kv\":{},\"usage\":{\"prompt_tokens\":6,\"completion_tokens\":3,\"total_tokens\":9},"
                        + "\"n\":16.0,\"choices\":[]}");

        assertThat(response).startsWith("{\"id\":\"1\",\"n\":16.0,\"choices\":[],\"usage\":{");
        assertThat(ParsedJson.object(response).get("usage"))
                .isEqualTo(ParsedJson.object("{\"completion_tokens\":3,\"prompt_tokens\":7,\"total_tokens\":10,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":4}}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"1\",\"n\":16.0}",
                "{\"usage\":null,\"n\":16.0}",
                "{\"usage\":[],\"n\":16.0}",
                "{\"choices\":[{\"usage\":{\"prompt_tokens\":1}}]}",
                "{}",
            })
    void apply_nothingToChange_isTheVeryArray(String response) {
        byte[] bytes = response.getBytes(UTF_8);

        assertThat(COUNTING.apply(bytes)).isSameAs(bytes);
        assertThat(HIDING.apply(bytes)).isSameAs(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " [DONE]", "kv", "[{\"kv\":1}]", "{\"kv\":1", "{\"kv\":1}{\"kv\":1}", "{\"kv\":1,}"})
    void apply_notAnObject_isTheVeryArray(String response) {
        byte[] bytes = response.getBytes(UTF_8);

        assertThat(COUNTING.apply(bytes)).isSameAs(bytes);
    }

    @Test
    void apply_bytesThatAreNoUtf8_areTheVeryArray() {
        byte[] bytes = {'{', '"', 'k', 'v', '"', ':', '"', (byte) 0xC3, '"', '}'};

        assertThat(COUNTING.apply(bytes)).isSameAs(bytes);
    }

    @Test
    void apply_noWordOfPrefill_leavesUsageAsDecodeSaysIt() {
        assertThat(applied(HIDING, "{\"kv\":1,\"usage\":{\"prompt_tokens\":6}}"))
                .isEqualTo("{\"usage\":{\"prompt_tokens\":6}}");
    }

    private static String applied(ResponseEdit edit, String response) {
        return new String(edit.apply(response.getBytes(UTF_8)), UTF_8);
    }
}
