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
import java.util.Arrays;
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
    private static final ChatRequest CHAT = ChatRequest.of("messages", "[]");

    private final Bootstrap bootstrap = new Bootstrap();

    private BodyEdit edit(ChatRequest request, NodeSpec prefill) {
        return edit(request, prefill, 0);
    }

    private BodyEdit edit(ChatRequest request, NodeSpec prefill, int sample) {
        Legs legs = bootstrap.legs(PdAttempt.of(request, prefill, DECODE), sample);
        assertThat(legs.decode()).isEqualTo(legs.prefill());
        assertThat(legs.prefill().headers()).isEmpty();
        assertThat(legs.prefill().body().removed()).isEmpty();
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
                "prompt    | [\"a\",\"b\"]     | 2",
                "prompt    | [\"a\"]           | 1",
                "prompt    | [[1,2],[3],[4]]   | 3",
                "text      | [\"a\", \"b\"]    | 2",
                "input_ids | [[1,2],[3]]       | 2",
            })
    void legs_severalPrompts_haveARoomEach(String member, String prompts, int count) {
        BodyEdit edit = edit(ChatRequest.of(member, prompts), PREFILL);

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
            value = {"prompt | \"a\"", "prompt | [1,2,3]", "input_ids | [1,2,3]", "text | \"a\""})
    void legs_onePrompt_haveOneRoom(String member, String prompt) {
        assertThat(edit(ChatRequest.of(member, prompt), PREFILL).set().get("bootstrap_room"))
                .matches("\\d+");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1.0,1", "3,3", "16,16", "null,1", "0,1", "\"\"2\"\",1"})
    void samples_n_isCounted(String n, int samples) {
        assertThat(bootstrap.samples(ChatRequest.of("n", n))).isEqualTo(samples);
    }

    @Test
    void legs_oneOfSeveralSamples_isAskedForAloneWithASeedOfItsOwn() {
        ChatRequest request = ChatRequest.of("n", "3", "seed", "9007199254740993");

        assertThat(edit(request, PREFILL, 0).set()).containsEntry("n", "1").doesNotContainKey("seed");
        assertThat(edit(request, PREFILL, 2).set()).containsEntry("n", "1").containsEntry("seed", "9007199254740995");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "n               | 17               | n               | n: 17 (expected: at most 16",
                "best_of         | 2                | best_of         | best_of: more than 1",
                "sampling_params | {\"a\":1,\"n\":2} | sampling_params | sampling_params.n: more than 1",
            })
    void samples_thatCannotBeSplit_areRefused(String member, String value, String param, String message) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> bootstrap.samples(ChatRequest.of(member, value)))
                .withMessageStartingWith(message)
                .satisfies(e -> assertThat(e.param()).hasValue(param));
    }

    @Test
    void samples_logprobsThatNobodyCouldMerge_areRefused() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> bootstrap.samples(ChatRequest.of("echo", "true", "logprobs", "1")))
                .satisfies(e -> assertThat(e.param()).hasValue("echo"));
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> bootstrap.samples(ChatRequest.of("return_logprob", "true", "text", "[\"a\",\"b\"]")))
                .satisfies(e -> assertThat(e.param()).hasValue("return_logprob"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "null", "1"})
    void prefillLists_notAskedFor_areNone(String value) {
        assertThat(bootstrap.prefillLists(ChatRequest.of("return_logprob", value)))
                .isEmpty();
        assertThat(bootstrap.prefillLists(CHAT)).isEmpty();
    }

    @Test
    void prefillLists_inputLogprobs_areThoseOfTheMetaInformation() {
        assertThat(bootstrap.prefillLists(ChatRequest.of("return_logprob", "true")))
                .hasValue(new PrefillLists(
                        "meta_info", Set.of("input_token_logprobs", "input_top_logprobs", "input_token_ids_logprobs")));
    }
}
