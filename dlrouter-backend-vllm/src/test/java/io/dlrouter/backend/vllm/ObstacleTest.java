package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.testkit.FakeRoutingContext;
import java.util.Locale;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObstacleTest {

    @ParameterizedTest
    @ValueSource(strings = {"n", "best_of"})
    void in_oneSample_isNone(String member) {
        for (String one : new String[] {"1", "1.0", "1e0", "10E-1", "0", "-1", "null"}) {
            assertThat(obstacle(member, one)).as(one).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "2.0", "2e0", "20E-1", "1e400", "\"2\"", "true", "{}", "[1]", "1x", "NaN", "-"})
    void in_severalSamplesOrNoNumber_isThatMember(String value) {
        assertThat(obstacle("n", value)).contains("n is " + value);
        assertThat(obstacle("best_of", value)).contains("best_of is " + value);
    }

    @Property
    void in_anyNumberOfSamples_isOneIfThereAreSeveral(
            @ForAll @IntRange(min = 0, max = 1_000_000) int n, @ForAll @IntRange(min = 0, max = 3) int form) {
        String[] forms = {"" + n, n + ".0", n + "e0", String.format(Locale.ROOT, "%d.%dE+1", n / 10, n % 10)};

        assertThat(obstacle("n", forms[form]).isPresent()).isEqualTo(n > 1);
    }

    @Example
    void in_endlessNumber_isNotReadAndShownInPart() {
        assertThat(obstacle("n", "1." + "0".repeat(2_000))).contains("n is 1." + "0".repeat(38) + "...");
        assertThat(obstacle("n", "9".repeat(100_000))).contains("n is " + "9".repeat(40) + "...");
    }

    @ParameterizedTest
    @CsvSource({
        "use_beam_search, true",
        "use_beam_search, 1",
        "prompt_logprobs, 0",
        "prompt_logprobs, 5",
    })
    void in_memberThatNeedsOneNode_isThatMember(String member, String value) {
        assertThat(obstacle(member, value)).contains(member + " is " + value);
    }

    @ParameterizedTest
    @CsvSource({
        "use_beam_search, false",
        "use_beam_search, null",
        "prompt_logprobs, null",
        "logprobs, 5",
        "echo, true",
        "prompt, 'null'",
        "prompt, '\"a, b\"'",
        "prompt, '[\"a\"]'",
        "prompt, '[1, 2, 3]'",
        "prompt, '[[1, 2, 3]]'",
        "prompt, '[]'",
    })
    void in_memberThatCanBeSplit_isNone(String member, String value) {
        assertThat(obstacle(member, value)).isEmpty();
    }

    @Example
    void in_echoBesideLogprobs_isEcho() {
        assertThat(obstacle("echo", "true", "logprobs", "1")).contains("echo is true beside logprobs");
        assertThat(obstacle("echo", "true", "logprobs", "null")).isEmpty();
        assertThat(obstacle("echo", "false", "logprobs", "1")).isEmpty();
        assertThat(obstacle("echo", "null", "logprobs", "1")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"a\",\"b\"]", "[ [1,2] , [3] ]", "[\"secret, \\\"\",\"\\\\\"]", "[1,\"a\"]"})
    void in_severalPrompts_isPromptAndShowsNoneOfThem(String prompts) {
        assertThat(obstacle("prompt", prompts)).contains("prompt is 2 prompts");
    }

    @Example
    void in_promptAndEmbeddings_isPrompt() {
        assertThat(obstacle("prompt", "\"a\"", "prompt_embeds", "\"UEs=\"")).contains("prompt is 2 prompts");
        assertThat(obstacle("prompt", "\"\"", "prompt_embeds", "\"UEs=\"")).isEmpty();
        assertThat(obstacle("prompt_embeds", "[\"UEs=\",\"UEs=\"]")).contains("prompt is 2 prompts");
    }

    private static Optional<String> obstacle(String... namesAndValues) {
        return Obstacle.in(FakeRoutingContext.ofMembers(namesAndValues))
                .map(found -> found.member() + " is " + found.value());
    }
}
