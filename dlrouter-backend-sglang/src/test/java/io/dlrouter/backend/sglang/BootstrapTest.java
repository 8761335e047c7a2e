package io.dlrouter.backend.sglang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.DualDispatch.Legs;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PrefillLists;
import io.dlrouter.testkit.FakeRoutingContext;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BootstrapTest {
    private static final NodeSpec PREFILL =
            NodeSpec.of("sglang", "http://p:8000").withRole(Role.PREFILL);
    private static final NodeSpec DECODE =
            NodeSpec.of("sglang", "http://d:8000").withRole(Role.DECODE);
    private static final FakeRoutingContext CHAT = FakeRoutingContext.ofMembers("messages", "[]");

    private final Bootstrap bootstrap = new Bootstrap();

    private BodyEdit edit(FakeRoutingContext request, NodeSpec prefill) {
        return edit(request, prefill, 0);
    }

    private BodyEdit edit(FakeRoutingContext request, NodeSpec prefill, int sample) {
        Legs legs = bootstrap.legs(PdAttempt.of(request, prefill, DECODE), sample);
        assertThat(legs.decode()).isEqualTo(legs.prefill());
        assertThat(legs.prefill().headers()).isEmpty();
        assertThat(legs.prefill().body().removed())
                .contains("routed_dp_rank", "data_parallel_rank", "disagg_prefill_dp_rank");
        return legs.prefill().body();
    }

    @Test
    void legs_chat_meetAtThePrefillNode() {
        BodyEdit edit = edit(CHAT, PREFILL.withBootstrapPort(9001));

        assertThat(edit.set())
                .containsOnlyKeys("bootstrap_host", "bootstrap_port", "bootstrap_room")
                .containsEntry("bootstrap_host", "\"p\"")
                .containsEntry("bootstrap_port", "9001");
        assertThat(edit.set().get("bootstrap_room")).matches("\\d{1,19}");
    }

    @ParameterizedTest
    @CsvSource({
        "http://[::1]:8000, \"[::1]\"",
        "http://10.0.0.1:8000@3, \"10.0.0.1\"",
        "https://prefill.example/engine, \"prefill.example\""
    })
    void legs_anyUrl_nameItsHost(String url, String host) {
        BodyEdit edit = edit(CHAT, NodeSpec.of("sglang", url).withRole(Role.PREFILL));

        assertThat(edit.set()).containsEntry("bootstrap_host", host).containsEntry("bootstrap_port", "8998");
    }

    @Test
    void rooms_ofAMillionAttempts_areDistinctAndInRange() {
        long[] rooms = LongStream.range(0, 1_000_000)
                .map(i -> Long.parseLong(
                        Rooms.of(PdAttempt.of(CHAT, PREFILL, DECODE)).room(0)))
                .sorted()
                .toArray();

        assertThat(rooms[0]).isNotNegative();
        assertThat(Arrays.stream(rooms).distinct().count()).isEqualTo(rooms.length);
        assertThat(rooms[rooms.length / 2]).isBetween(Long.MAX_VALUE / 100 * 49, Long.MAX_VALUE / 100 * 51);
    }

    @ParameterizedTest
    @CsvSource({"0,1", "0,2", "1,2", "7,8", "2,3", "1000,1024"})
    void rooms_ofARank_haveItAsTheirRemainder(int rank, int size) {
        NodeSpec prefill = NodeSpec.of("sglang", "http://p:8000@" + rank).withDpSize(size);

        for (int i = 0; i < 1000; i++) {
            long room =
                    Long.parseLong(Rooms.of(PdAttempt.of(CHAT, prefill, DECODE)).room(i % 5));
            assertThat(room).isNotNegative();
            assertThat(room % size).isEqualTo(rank);
        }
    }

    @Test
    void rooms_highestNumberDrawn_staysInRange() {
        for (long seed = 0; seed < 200_000; seed++) {
            long room = Long.parseLong(new Rooms(seed, 1024, 1023).room(0));
            assertThat(room).isNotNegative();
            assertThat(room % 1024).isEqualTo(1023);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/completions | prompt    | [\"a\",\"b\"]     | 2",
                "/v1/completions | prompt    | [\"a\"]           | 1",
                "/v1/completions | prompt    | [[1,2],[3],[4]]   | 3",
                "/generate       | text      | [\"a\", \"b\"]    | 2",
                "/generate       | input_ids | [[1,2],[3]]       | 2",
            })
    void legs_severalPrompts_haveARoomEach(String route, String member, String prompts, int count) {
        BodyEdit edit = edit(FakeRoutingContext.ofMembers(member, prompts).withRoute(route), PREFILL);

        String[] rooms = inside(edit, "bootstrap_room");
        assertThat(rooms).hasSize(count).doesNotHaveDuplicates();
        assertThat(inside(edit, "bootstrap_host")).hasSize(count).containsOnly("\"p\"");
        assertThat(inside(edit, "bootstrap_port")).hasSize(count).containsOnly("8998");
    }

    private static String[] inside(BodyEdit edit, String name) {
        String array = edit.set().getOrDefault(name, "");
        assertThat(array).startsWith("[").endsWith("]");
        return array.substring(1, array.length() - 1).split(",", -1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/completions      | prompt    | \"a\"",
                "/v1/completions      | prompt    | [1,2,3]",
                "/generate            | input_ids | [1,2,3]",
                "/generate            | text      | \"a\"",
                "/v1/chat/completions | prompt    | [\"a\",\"b\"]",
            })
    void legs_onePrompt_haveOneRoom(String route, String member, String prompt) {
        assertThat(edit(FakeRoutingContext.ofMembers(member, prompt).withRoute(route), PREFILL)
                        .set()
                        .get("bootstrap_room"))
                .matches("\\d+");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1.0,1", "3,3", "16,16", "null,1", "0,1", "-3,1"})
    void samples_n_isCounted(String n, int samples) {
        assertThat(bootstrap.samples(FakeRoutingContext.ofMembers("n", n))).isEqualTo(samples);
    }

    @Test
    void samples_nOfGenerate_meansNothing() {
        FakeRoutingContext request =
                FakeRoutingContext.ofMembers("text", "\"a\"", "n", "17").withRoute("/generate");

        assertThat(bootstrap.samples(request)).isOne();
        assertThat(edit(request, PREFILL).set()).doesNotContainKey("n");
    }

    @ParameterizedTest
    @CsvSource({"1.5", "2.00000000000000000000000", "true", "'\"2\"'", "1e999999999"})
    void samples_nThatIsNoWholeNumber_isRefused(String n) {
        assertRefused(FakeRoutingContext.ofMembers("n", n), "n", "n: " + n.substring(0, Math.min(19, n.length())));
    }

    /** Read as a whole each of them would be 2, and reading takes time by the square of the length. */
    @Test
    void numbers_longerThanAnyCount_areRefusedWithoutReadingThem() {
        String long2 = "2." + "0".repeat(1 << 16);
        FakeRoutingContext request = FakeRoutingContext.ofMembers("n", "2", "seed", long2);

        assertThat(new Members(request).text("seed")).hasValue("2.00000000000000000…");
        assertRefused(
                FakeRoutingContext.ofMembers("n", long2),
                "n",
                "n: 2.00000000000000000… (expected: a whole number up to");
        assertRefused(FakeRoutingContext.ofMembers("best_of", long2), "best_of", "best_of: 2.00000000000000000…");
        assertRefused(
                generate("sampling_params", "{\"n\":" + long2 + "}"),
                "sampling_params",
                "sampling_params.n: 2.00000000000000000…");
        assertThat(bootstrap.samples(request)).isEqualTo(2);
        assertThat(edit(request, PREFILL, 1).set()).doesNotContainKey("seed");
    }

    private static FakeRoutingContext generate(String... namesAndValues) {
        return FakeRoutingContext.ofMembers(namesAndValues).withRoute("/generate");
    }

    private void assertRefused(FakeRoutingContext request, String param, String message) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> bootstrap.samples(request))
                .withMessageStartingWith(message)
                .satisfies(e -> assertThat(e.param()).hasValue(param));
    }

    @Test
    void samples_morePromptsThanRooms_areRefused() {
        assertThat(bootstrap.samples(completion(1024, 1))).isOne();
        assertThat(bootstrap.samples(completion(64, 16))).isEqualTo(16);
        assertRefused(
                completion(1025, 1), "prompt", "prompt: a list of 1025, with n: 1 (expected: at most 1024 of both");
        assertRefused(completion(65, 16), "n", "prompt: a list of 65, with n: 16 (expected: at most 1024 of both");
    }

    private static FakeRoutingContext completion(int prompts, int n) {
        String list = "[" + String.join(",", Collections.nCopies(prompts, "\"a\"")) + "]";
        return FakeRoutingContext.ofMembers("prompt", list, "n", Integer.toString(n))
                .withRoute("/v1/completions");
    }

    @Test
    void samples_noPromptAtAll_isRefused() {
        assertRefused(
                FakeRoutingContext.ofMembers("prompt", "[]").withRoute("/v1/completions"),
                "prompt",
                "prompt: [] (expected: a prompt");
        assertRefused(generate("input_ids", "[]"), "input_ids", "input_ids: [] (expected: a prompt");
    }

    @Test
    void legs_oneOfSeveralSamples_isAskedForAloneWithASeedOfItsOwn() {
        FakeRoutingContext request = FakeRoutingContext.ofMembers("n", "3", "seed", "9007199254740993");

        assertThat(edit(request, PREFILL, 0).set()).containsEntry("n", "1").doesNotContainKey("seed");
        assertThat(edit(request, PREFILL, 2).set()).containsEntry("n", "1").containsEntry("seed", "9007199254740995");
    }

    @ParameterizedTest
    @CsvSource({"9223372036854775806,9223372036854775807", "9223372036854775807,0", "-1,0", "-7,-6"})
    void legs_sampleOfAnySeed_hasTheNextOne(String seed, String next) {
        assertThat(edit(FakeRoutingContext.ofMembers("n", "2", "seed", seed), PREFILL, 1)
                        .set())
                .containsEntry("seed", next);
    }

    @Test
    void legs_samplesOfANamedRequest_haveNamesOfTheirOwn() {
        FakeRoutingContext named = FakeRoutingContext.ofMembers("n", "3", "rid", "\"a\\\"b\"");

        assertThat(edit(named, PREFILL, 0).set()).doesNotContainKey("rid");
        assertThat(edit(named, PREFILL, 2).set()).containsEntry("rid", "\"a\\\"b-2\"");
    }

    @Test
    void legs_samplesOfARequestNamedByAList_areNamedOnce() {
        FakeRoutingContext named = FakeRoutingContext.ofMembers("n", "2", "rid", "[\"a\"]");

        assertThat(edit(named, PREFILL, 0))
                .satisfies(first -> assertThat(first.removed()).doesNotContain("rid"));
        assertThat(edit(named, PREFILL, 1))
                .satisfies(second -> assertThat(second.removed()).contains("rid"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n       | 17 | n: 17 (expected: a whole number up to 16",
                "best_of | 2  | best_of: 2 (expected: a whole number up to 1",
            })
    void samples_thatCannotBeSplit_areRefused(String member, String value, String message) {
        assertRefused(FakeRoutingContext.ofMembers(member, value), member, message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"n\":2}",
                "{\"n\":2,\"a\":NaN}",
                "{\"\\u006e\":2}",
                "{ \"s\" : \"}\\\"\", \"n\" : 2 }",
                "{\"n\":2.000}",
                "{\"n\":2,\"n\":1}",
                "[{\"n\":1},{\"a\":[1],\"n\":2}]"
            })
    void samples_ofSamplingParams_areRefused(String params) {
        assertRefused(generate("text", "\"a\"", "sampling_params", params), "sampling_params", "sampling_params.n: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"n\":1}", "{}", "[]", "[{\"n\":1},{}]", "null", "7", "{\"n\":null}"})
    void samples_ofOrdinarySamplingParams_areOne(String params) {
        assertThat(bootstrap.samples(generate("text", "\"a\"", "sampling_params", params)))
                .isOne();
    }

    @Test
    void samples_logprobsThatNobodyCouldMerge_areRefused() {
        assertRefused(FakeRoutingContext.ofMembers("echo", "true", "logprobs", "1"), "echo", "echo: with logprobs");
        assertRefused(
                generate("return_logprob", "true", "text", "[\"a\",\"b\"]"),
                "return_logprob",
                "return_logprob: with a list of prompts (expected: one prompt, not in a list");
        assertRefused(
                generate("return_logprob", "[false,true]", "text", "[\"a\"]"),
                "return_logprob",
                "return_logprob: with");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "null", "1", "[false]"})
    void prefillLists_notAskedFor_areNone(String value) {
        assertThat(bootstrap.prefillLists(FakeRoutingContext.ofMembers("return_logprob", value)))
                .isEmpty();
        assertThat(bootstrap.prefillLists(CHAT)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "[true]"})
    void prefillLists_inputLogprobs_areThoseOfTheMetaInformation(String asked) {
        assertThat(bootstrap.prefillLists(FakeRoutingContext.ofMembers("return_logprob", asked)))
                .hasValue(new PrefillLists(
                        "meta_info", Set.of("input_token_logprobs", "input_top_logprobs", "input_token_ids_logprobs")));
    }
}
