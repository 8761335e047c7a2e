package io.dlrouter.core.pd.twostage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.json.ParsedJson;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptUsageTest {

    @Test
    void of_usageWithDetails_isBothAsTheyStand() {
        assertThat(of("{\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1,"
                        + "\"prompt_tokens_details\":{ \"cached_tokens\" : 4.0 }}}"))
                .hasValue(new PromptUsage(7, Optional.of("{ \"cached_tokens\" : 4.0 }")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"usage\":{\"prompt_tokens\":7}}",
                "{\"usage\":{\"prompt_tokens\":7,\"prompt_tokens_details\":null}}",
            })
    void of_usageWithoutDetails_hasNone(String response) {
        assertThat(of(response)).hasValue(new PromptUsage(7, Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"usage\":null}",
                "{\"usage\":{}}",
                "{\"usage\":{\"prompt_tokens\":null}}",
                "{\"usage\":{\"prompt_tokens\":-1}}",
                "{\"usage\":{\"prompt_tokens\":\"7\"}}",
                "{\"usage\":{\"prompt_tokens\":12345678901234567890}}",
            })
    void of_nothingThatCountsThePrompt_isEmpty(String response) {
        assertThat(of(response)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12} | 10",
                "{\"completion_tokens\":0,\"prompt_tokens\":9,\"total_tokens\":9}  | 7",
                "{\"prompt_tokens\":9,\"total_tokens\":9}                          | 7",
                "{\"prompt_tokens\":9,\"completion_tokens\":null}                  | 7",
            })
    void in_usageOfDecode_takesPrefillsPromptAndAddsUp(String usage, String total) {
        assertThat(ParsedJson.object(in(new PromptUsage(7, Optional.empty()), usage)))
                .containsEntry("prompt_tokens", "7")
                .containsEntry("total_tokens", total);
    }

    @Test
    void in_detailsOfBoth_takesPrefills() {
        String usage = "{\"prompt_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":9,\"x\":1}}";

        assertThat(ParsedJson.object(in(new PromptUsage(7, Optional.of("{\"cached_tokens\":4}")), usage)))
                .containsEntry("prompt_tokens_details", ParsedJson.object("{\"cached_tokens\":4}"));
    }

    @Test
    void in_detailsOfDecodeAlone_takesThemOut() {
        String usage = "{\"prompt_tokens_details\":{\"cached_tokens\":9},\"prompt_tokens\":9}";

        assertThat(in(new PromptUsage(7, Optional.empty()), usage)).doesNotContain("details");
    }

    @Test
    void in_membersOfDecodesOwn_stayAsTheyStand() {
        String usage = "{\"x\":16.0,\"prompt_tokens\":9,\"completion_tokens_details\":{ \"é\" : 1e3 }}";

        assertThat(in(new PromptUsage(7, Optional.empty()), usage))
                .startsWith("{\"x\":16.0,\"completion_tokens_details\":{ \"é\" : 1e3 },");
    }

    private static Optional<PromptUsage> of(String response) {
        return PromptUsage.of(JsonObject.read(response.getBytes(UTF_8)));
    }

    private static String in(PromptUsage prompt, String usage) {
        return prompt.in(JsonObject.read(usage.getBytes(UTF_8)));
    }
}
