package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.testkit.FakeMembers;
import io.dlrouter.testkit.FakeRoutingContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationTest {
    private static final NodeSpec PREFILL =
            NodeSpec.of("lmdeploy", "http://p:23333/").withRole(Role.PREFILL);
    private static final NodeSpec DECODE =
            NodeSpec.of("lmdeploy", "http://d:23333").withRole(Role.DECODE);
    private static final FakeRoutingContext CHAT =
            FakeRoutingContext.ofMembers("messages", "[{\"role\":\"user\",\"content\":\"hi\"}]");
    private static final Map<String, String> HEADERS = Map.of("x-lmdeploy-distserve-proxy", "1");
    private static final Set<String> REMOVED = Set.of(
            "session_id",
            "stream_options",
            "logprobs",
            "top_logprobs",
            "return_logprob",
            "return_token_ids",
            "return_routed_experts");
    private static final Map<String, String> ONE_TOKEN = Map.of(
            "stream", "false",
            "max_tokens", "1",
            "max_completion_tokens", "1",
            "with_cache", "true",
            "preserve_cache", "true");
    private static final String MIGRATION = "{\"protocol\":2,\"remote_engine_id\":\"http://p:23333\","
            + "\"remote_session_id\":7,\"remote_token_id\":12,\"remote_block_ids\":[3,0,4],"
            + "\"is_dummy_prefill\":false}";
    private static final String DUMMY = "{\"protocol\":2,\"remote_engine_id\":\"dummy:dummy\","
            + "\"remote_session_id\":0,\"remote_token_id\":0,\"remote_block_ids\":[],\"is_dummy_prefill\":true}";

    private final Migration migration = migration(Map.of());
    private final Migration dummy = migration(Map.of("dummy_prefill", "true"));

    @Test
    void prefill_request_asksForOneTokenAndForItsCache() {
        assertThat(migration.prefill(attempt(CHAT)))
                .isEqualTo(new NodeRequest(HEADERS, new BodyEdit(REMOVED, ONE_TOKEN)));
    }

    @ParameterizedTest
    @CsvSource({"2, true", "'\"1\"', true", "1, false", "0, false", "null, false"})
    void prefill_leastLengthAboveOne_isTakenOut(String least, boolean removed) {
        FakeRoutingContext request = FakeRoutingContext.ofMembers("min_new_tokens", least);

        assertThat(migration.prefill(attempt(request)).body().removed().contains("min_new_tokens"))
                .isEqualTo(removed);
    }

    @Test
    void prefill_oneListedPrompt_becomesThatPromptByteForByte() {
        FakeRoutingContext request = FakeRoutingContext.ofMembers("prompt", "[ \"größe\\u00e9\\/ [1,2] \\\"\" ]");
        BodyEdit edit = new BodyEdit(REMOVED, ONE_TOKEN).setting("prompt", "\"größe\\u00e9\\/ [1,2] \\\"\"");

        assertThat(migration.prefill(attempt(request))).isEqualTo(new NodeRequest(HEADERS, edit));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"text\"", "[[1,2]]", "null", "5"})
    void prefill_otherPrompt_staysAsItIs(String prompt) {
        assertThat(migration.prefill(attempt(FakeRoutingContext.ofMembers("prompt", prompt))))
                .isEqualTo(migration.prefill(attempt(CHAT)));
    }

    @Test
    void decodeAlone_requestToSplit_isNot() {
        assertThat(migration.decodeAlone(CHAT, DECODE)).isEmpty();
        assertThat(migration.decodeAlone(
                        FakeRoutingContext.ofMembers("n", "1", "best_of", "1.0", "prompt", "[\"a\"]"), DECODE))
                .isEmpty();
        assertThat(migration.decodeAlone(FakeRoutingContext.ofMembers("n", "null", "best_of", "0"), DECODE))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"n, 2", "n, 128", "n, 1.5", "n, 2e0", "n, '\"2\"'", "n, true", "best_of, 2"})
    void decodeAlone_severalSequences_areRefused(String name, String value) {
        FakeRoutingContext request = FakeRoutingContext.ofMembers(name, value);

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> migration.decodeAlone(request, DECODE))
                .withMessage(name + ": more than 1 (expected: 1 or none with Prefill/Decode, where prefill hands over"
                        + " the KV cache of one sequence)")
                .satisfies(e -> assertThat(e.param()).contains(name));
        assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> dummy.decodeAlone(request, DECODE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"[]; 0", "[\"a\",\"b\"]; 2", "[1,2,3]; 3", "[[1],[2]]; 2"})
    void decodeAlone_notOnePrompt_isRefused(String prompt, int count) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> migration.decodeAlone(FakeRoutingContext.ofMembers("prompt", prompt), DECODE))
                .withMessage("prompt: " + count + " of them (expected: one with Prefill/Decode, where prefill hands"
                        + " over the KV cache of one sequence)")
                .satisfies(e -> assertThat(e.param()).contains("prompt"));
    }

    @Test
    void decodeAlone_malformedPrompts_areRefusedWithoutBeingShown() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(
                        () -> migration.decodeAlone(FakeRoutingContext.ofMembers("prompt", "[\"a\" \"b\"]"), DECODE))
                .withMessage("prompt: malformed (expected: a string, or a list of one)")
                .satisfies(e -> assertThat(e.param()).contains("prompt"));
    }

    @Test
    void decodeAlone_withoutPrefill_namesADummy() {
        BodyEdit edit = new BodyEdit(Set.of("session_id"), Map.of("migration_request", DUMMY, "prompt", "\"a\""));

        assertThat(dummy.decodeAlone(FakeRoutingContext.ofMembers("prompt", "[\"a\"]"), DECODE))
                .contains(new NodeRequest(HEADERS, edit));
    }

    @Test
    void handover_cache_isForAnyDecodeNode() {
        BodyEdit edit = new BodyEdit(Set.of("session_id"), Map.of("migration_request", MIGRATION));

        assertThat(migration.handover(attempt(CHAT), response("cache_session_id", "7")))
                .isEqualTo(Handover.of(new NodeRequest(HEADERS, edit), Handover.Receiver.ANY, Duration.ofHours(1)));
    }

    @Test
    void handover_oneListedPrompt_becomesThatPromptForDecodeToo() {
        BodyEdit edit = new BodyEdit(Set.of("session_id"), Map.of("migration_request", MIGRATION, "prompt", "\"a\""));

        assertThat(migration
                        .handover(
                                attempt(FakeRoutingContext.ofMembers("prompt", "[\"a\"]")),
                                response("cache_session_id", "7"))
                        .decode())
                .isEqualTo(new NodeRequest(HEADERS, edit));
    }

    @Test
    void handover_overNvlink_saysSo() {
        Handover handover = migration(Map.of("migration_protocol", "nvlink"))
                .handover(attempt(CHAT), response("cache_session_id", "7"));

        assertThat(handover.decode().body().set().get("migration_request"))
                .isEqualTo(MIGRATION.replace("\"protocol\":2", "\"protocol\":3"));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"7\"', absent, 7",
        "'\"0\"', absent, 0",
        "'\"007\"', absent, 7",
        "'\"999999999999999999\"', absent, 999999999999999999",
        "'\"chatcmpl-x\"', 0, 0",
        "'\"-1\"', 7, 7",
        "absent, 7, 7",
        "'\"3\"', 7, 7",
        "'\"7\"', null, 7",
    })
    void release_ownerNamed_freesItsCache(String id, String owner, long expected) {
        FakeMembers response = response("id", id, "cache_session_id", owner);

        assertThat(migration.release(attempt(CHAT), response))
                .contains(new EngineCall(
                        "/distserve/free_cache",
                        "{\"remote_engine_id\":\"http://p:23333\",\"remote_session_id\":" + expected + "}"));
        assertThat(migration
                        .handover(attempt(CHAT), response)
                        .decode()
                        .body()
                        .set()
                        .get("migration_request"))
                .contains("\"remote_session_id\":" + expected + ",");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"-1\"', absent",
        "'\"chatcmpl-x\"', absent",
        "'\"chatcmpl-7\"', true",
        "'\"chatcmpl-7\"', '\"7\"'",
        "'\"chatcmpl-7\"', -1",
        "'\"chatcmpl-7\"', null",
        "'\"chatcmpl-7\"', 7.0",
        "'\"chatcmpl-7\"', 1e3",
        "'\"-1\"', [7]",
        "7, absent",
        "'\"\"', absent",
        "'\" 7\"', absent",
        "'\"٧\"', absent",
        "'\"1000000000000000000\"', absent",
        "absent, absent",
    })
    void handover_ownerNotNamed_isRefusedAndNothingIsFreed(String id, String owner) {
        FakeMembers response = response("id", id, "cache_session_id", owner);

        assertThat(migration.release(attempt(CHAT), response)).isEmpty();
        assertThatExceptionOfType(BadNodeResponseException.class)
                .isThrownBy(() -> migration.handover(attempt(CHAT), response))
                .withMessageContaining("http://p:23333")
                .withMessageContaining("the engine does not expose its cache owner")
                .withMessageContaining("cache_session_id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "cache_block_ids; absent",
                "cache_block_ids; null",
                "cache_block_ids; []",
                "cache_block_ids; [[1,2]]",
                "cache_block_ids; [1,-2]",
                "cache_block_ids; [1,2.0]",
                "cache_block_ids; [1,\"2\"]",
                "cache_block_ids; [1,null]",
                "cache_block_ids; 1",
                "cache_block_ids; {}",
                "remote_token_ids; absent",
                "remote_token_ids; []",
                "remote_token_ids; [null]",
                "remote_token_ids; 12",
            })
    void handover_cacheNotNamed_isRefusedButGivenBack(String name, String value) {
        FakeMembers response = response("cache_session_id", "7", name, value);

        assertThatExceptionOfType(BadNodeResponseException.class)
                .isThrownBy(() -> migration.handover(attempt(CHAT), response))
                .withMessageStartingWith("The prefill node http://p:23333 left no KV cache that decode can fetch: ")
                .withMessageContaining("(expected: ");
        assertThat(migration.release(attempt(CHAT), response)).isPresent();
    }

    @Test
    void roles_withoutPrefill_areDecodeOnly() {
        assertThat(migration.roles()).containsExactlyInAnyOrder(Role.PREFILL, Role.DECODE);
        assertThat(dummy.roles()).containsExactly(Role.DECODE);
    }

    @Test
    void grace_withoutPrefill_isNone() {
        assertThat(migration.grace()).isEqualTo(Duration.ofSeconds(10));
        assertThat(dummy.grace()).isZero();
    }

    @Test
    void hiddenMembers_always_areThoseOfTheCache() {
        assertThat(migration.hiddenMembers())
                .containsExactlyInAnyOrder("cache_block_ids", "remote_token_ids", "cache_session_id");
    }

    private static Migration migration(Map<String, String> options) {
        return new Migration(LmdeployOptions.of(options));
    }

    private static PdAttempt attempt(FakeRoutingContext request) {
        return PdAttempt.of(request, PREFILL, DECODE);
    }

    /** A prefill's response, with these members as they are said to be. */
    private static FakeMembers response(String... namesAndValues) {
        Map<String, String> members =
                new HashMap<>(Map.of("cache_block_ids", "[3, 0,4]", "remote_token_ids", "[11,12]", "usage", "{}"));
        members.putAll(FakeMembers.of(namesAndValues).json());
        members.values().removeIf("absent"::equals);
        return new FakeMembers(members);
    }
}
