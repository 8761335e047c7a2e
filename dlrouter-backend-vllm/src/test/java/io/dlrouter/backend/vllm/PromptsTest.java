package io.dlrouter.backend.vllm;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.testkit.FakeRoutingContext;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptsTest {

    @ParameterizedTest
    @CsvSource({
        "'\"\"', 1",
        "'\"ab\"', 1",
        "'\"abc\"', 2",
        "'[\"abcdef, 12\"]', 4",
        "'[]', 1",
        "'[7]', 1",
        "'[1,2,3]', 3",
        "'[ 100000 , 2 ]', 2",
        "'[[1, 2, 3]]', 3",
        "'null', 0",
    })
    void tokens_prompt_areCountedOrEstimated(String prompt, int tokens) {
        assertThat(Prompts.tokens(FakeRoutingContext.ofMembers("prompt", prompt)))
                .isEqualTo(tokens);
    }

    @Test
    void tokens_messages_areEstimatedWithTheTools() {
        FakeRoutingContext request =
                FakeRoutingContext.ofMembers("messages", "[{\"a\":1}]", "tools", "[{}]", "prompt", "[1,2]");

        assertThat(Prompts.tokens(request)).isEqualTo(4);
        assertThat(Prompts.tokens(FakeRoutingContext.ofMembers("messages", "[{\"a\":1}]")))
                .isEqualTo(3);
    }

    @Test
    void tokens_noPrompt_areNone() {
        assertThat(Prompts.tokens(FakeRoutingContext.ofMembers())).isZero();
    }

    @Property
    void tokens_anyTokenIds_areCounted(@ForAll @Size(min = 1, max = 20) List<Integer> ids) {
        assertThat(Prompts.tokens(FakeRoutingContext.ofMembers("prompt", ids.toString())))
                .isEqualTo(ids.size());
        assertThat(Prompts.tokens(FakeRoutingContext.ofMembers("prompt", "[" + ids + "]")))
                .isEqualTo(ids.size());
    }

    @Property
    void count_anyStrings_isTheirNumber(@ForAll @NotEmpty @Size(max = 20) List<String> texts) {
        String array = texts.stream().map(PromptsTest::quoted).collect(joining(" , ", "[ ", " ]"));

        assertThat(Prompts.count(FakeRoutingContext.ofMembers("prompt", array))).isEqualTo(texts.size());
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
