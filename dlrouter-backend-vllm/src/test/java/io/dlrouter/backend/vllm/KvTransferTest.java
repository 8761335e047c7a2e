package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.testkit.FakeMembers;
import io.dlrouter.testkit.FakeRoutingContext;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KvTransferTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";
    private static final Map<String, String> ID_HEADER = Map.of("X-Request-Id", "made-01234567");
    private static final Map<String, String> ATTEMPT_HEADER = Map.of("X-Request-Id", ID);
    private static final NodeSpec PREFILL = NodeSpec.of("vllm", "http://p:8000").withRole(Role.PREFILL);
    private static final NodeSpec DECODE = NodeSpec.of("vllm", "http://d:8000").withRole(Role.DECODE);
    private static final NodeSpec NCCL_PREFILL = PREFILL.withZmqAddress("10.0.0.1:21001");
    private static final NodeSpec NCCL_DECODE = DECODE.withZmqAddress("10.0.0.2:22001");
    private static final FakeRoutingContext CHAT =
            FakeRoutingContext.ofMembers("messages", "[{\"role\":\"user\",\"content\":\"hi\"}]");
    private static final Map<String, String> NCCL_HEADER =
            Map.of("X-Request-Id", "___prefill_addr_10.0.0.1:21001___decode_addr_10.0.0.2:22001_" + ID);
    private static final String ASKED = "{\"do_remote_decode\":true,\"do_remote_prefill\":false,"
            + "\"remote_engine_id\":null,\"remote_block_ids\":null,\"remote_host\":null,\"remote_port\":null}";
    private static final Set<String> REMOVED = Set.of("stream_options", "min_tokens", "min_completion_tokens");

    private static final Duration LEASE = Duration.ofSeconds(30);

    private final KvTransfer transfer = new KvTransfer(0, LEASE);

    @Test
    void prefill_overNixl_asksForOneTokenAndForParameters() {
        BodyEdit edit =
                new BodyEdit(REMOVED, Map.of("stream", "false", "max_tokens", "1", "kv_transfer_params", ASKED));

        assertThat(transfer.prefill(attempt(CHAT))).isEqualTo(new NodeRequest(ID_HEADER, edit));
    }

    @Test
    void prefill_requestWithMaxCompletionTokens_limitsTheseToo() {
        BodyEdit edit = new BodyEdit(
                REMOVED,
                Map.of(
                        "stream",
                        "false",
                        "max_tokens",
                        "1",
                        "max_completion_tokens",
                        "1",
                        "kv_transfer_params",
                        ASKED));

        assertThat(transfer.prefill(attempt(FakeRoutingContext.ofMembers("max_completion_tokens", "512"))))
                .isEqualTo(new NodeRequest(ID_HEADER, edit));
    }

    @Test
    void prefill_overNccl_namesBothNodesAndAsksForNoParameters() {
        BodyEdit edit = new BodyEdit(REMOVED, Map.of("stream", "false", "max_tokens", "1"));

        assertThat(transfer.prefill(ncclAttempt(CHAT))).isEqualTo(new NodeRequest(NCCL_HEADER, edit));
    }

    @Test
    void prefill_onlyOneNodeWithZmqAddress_isOverNixl() {
        assertThat(transfer.prefill(new PdAttempt(CHAT, NCCL_PREFILL, DECODE, ID)))
                .isEqualTo(transfer.prefill(attempt(CHAT)));
    }

    @Test
    void prefill_clientsRequestId_isInTheAttempts() {
        FakeRoutingContext request = CHAT.withHeader("x-request-id", "client-1.a_B");

        assertThat(transfer.prefill(attempt(request)).headers())
                .isEqualTo(Map.of("X-Request-Id", "client-1.a_B-01234567"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "___prefill_addr_10.0.0.9:1___", "größe", "a\r\nb"})
    void prefill_clientsRequestIdUnusable_isLeftOut(String id) {
        assertThat(transfer.prefill(attempt(CHAT.withHeader("X-Request-Id", id)))
                        .headers())
                .isEqualTo(ATTEMPT_HEADER);
    }

    @Test
    void prefill_clientsRequestIdOverlong_isLeftOut() {
        assertThat(headersWith("a".repeat(128))).isEqualTo(Map.of("X-Request-Id", "a".repeat(128) + "-01234567"));
        assertThat(headersWith("a".repeat(129))).isEqualTo(ATTEMPT_HEADER);
    }

    @Test
    void handover_parameters_goVerbatimToAnyDecodeNode() {
        String params = "{ \"remote_block_ids\":[[1,2],[]], \"seed\":16.0, \"remote_host\":\"größe\",\"x\":1e2}";
        BodyEdit edit = new BodyEdit(Set.of(), Map.of("kv_transfer_params", params));

        assertThat(transfer.handover(attempt(CHAT), answer(params)))
                .isEqualTo(
                        Handover.of(new NodeRequest(ID_HEADER, edit), Handover.Receiver.ANY, Duration.ofSeconds(30)));
    }

    @Test
    void handover_leaseOfTheFleet_isTheOptions() {
        assertThat(new KvTransfer(0, Duration.ofSeconds(90))
                        .handover(attempt(CHAT), answer("{}"))
                        .lease())
                .isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @CsvSource({
        "1796073816.5, 1796073816500",
        "' 1796073816 ', 1796073816000",
        "1.7960738165E9, 1796073816500",
    })
    void handover_expiryOnTheWallClock_isPassedOn(String seconds, long millis) {
        String params = "{\"remote_blocks_expiry_time\":" + seconds + ",\"remote_block_ids\":[[1]]}";

        assertThat(transfer.handover(attempt(CHAT), answer(params)).expiry()).contains(Instant.ofEpochMilli(millis));
    }

    /** vLLM's is that of its own machine's monotonic clock, which says nothing elsewhere; a prefill of it sends null. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"remote_blocks_expiry_time\":null}",
                "{\"remote_blocks_expiry_time\":86412.25}",
                "{\"remote_blocks_expiry_time\":-5}",
                "{\"remote_blocks_expiry_time\":1e300}",
                "{\"remote_blocks_expiry_time\":\"1796073816\"}",
                "{\"x\":\"\\\"remote_blocks_expiry_time\\\":1796073816\"}",
                "{}"
            })
    void handover_noExpiryOnTheWallClock_hasTheLeaseAlone(String params) {
        assertThat(transfer.handover(attempt(CHAT), answer(params)).expiry()).isEmpty();
    }

    @Test
    void handover_noParameters_isOfNothing() {
        Handover nothing = Handover.ofNothing(new NodeRequest(ID_HEADER, BodyEdit.NONE));

        assertThat(transfer.handover(attempt(CHAT), answer("null"))).isEqualTo(nothing);
        assertThat(transfer.handover(attempt(CHAT), name -> Optional.empty())).isEqualTo(nothing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"10.0.0.7\"", "1", "true"})
    void handover_parametersOfAnotherType_areRefusedWithoutBeingShown(String params) {
        assertThatExceptionOfType(BadNodeResponseException.class)
                .isThrownBy(() -> transfer.handover(attempt(CHAT), answer(params)))
                .withMessage("The prefill node http://p:8000 responded with kv_transfer_params that begin with '"
                        + params.charAt(0) + "' (expected: an object or null).");
    }

    @Test
    void handover_overNccl_isForTheNodeThatPrefillWasToldOf() {
        assertThat(transfer.handover(ncclAttempt(CHAT), name -> Optional.empty()))
                .isEqualTo(Handover.of(
                        new NodeRequest(NCCL_HEADER, BodyEdit.NONE), Handover.Receiver.PAIRED, Duration.ofHours(1)));
    }

    @Test
    void handover_anyRequest_hasTheIdOfItsPrefill() {
        FakeRoutingContext request = CHAT.withHeader("X-Request-Id", "client");

        assertThat(transfer.handover(attempt(request), answer("{}")).decode().headers())
                .isEqualTo(transfer.prefill(attempt(request)).headers());
    }

    @Test
    void decodeAlone_plainRequest_isNot() {
        assertThat(transfer.decodeAlone(CHAT, DECODE)).isEmpty();
        assertThat(transfer.decodeAlone(CHAT, NCCL_DECODE)).isEmpty();
    }

    @Test
    void decodeAlone_requestThatCannotBeSplit_is() {
        assertThat(transfer.decodeAlone(FakeRoutingContext.ofMembers("n", "2"), DECODE))
                .contains(NodeRequest.UNCHANGED);
    }

    @Test
    void decodeAlone_requestThatCannotBeSplitOverNccl_isRefused() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> transfer.decodeAlone(FakeRoutingContext.ofMembers("n", "2"), NCCL_DECODE))
                .withMessage("'n' is 2 (expected: 1): a prefill hands over the KV cache of one sequence,"
                        + " and nodes that transfer over P2P NCCL only serve what can be split.")
                .satisfies(e -> assertThat(e.param()).contains("n"));
    }

    @Test
    void decodeAlone_promptShorterThanTheLeast_isUnlessOverNccl() {
        FakeRoutingContext request = FakeRoutingContext.ofMembers("prompt", "[1,2,3]");

        assertThat(new KvTransfer(3, LEASE).decodeAlone(request, DECODE)).isEmpty();
        assertThat(new KvTransfer(4, LEASE).decodeAlone(request, DECODE)).contains(NodeRequest.UNCHANGED);
        assertThat(new KvTransfer(4, LEASE).decodeAlone(request, NCCL_DECODE)).isEmpty();
    }

    @Test
    void decodeAlone_noLeastLength_splitsTheShortest() {
        assertThat(transfer.decodeAlone(FakeRoutingContext.ofMembers("prompt", "\"\""), DECODE))
                .isEmpty();
    }

    @Test
    void hiddenMembers_always_areTheTransferParameters() {
        assertThat(transfer.hiddenMembers()).containsExactlyInAnyOrder("kv_transfer_params", "ec_transfer_params");
    }

    private Map<String, String> headersWith(String clientsId) {
        return transfer.prefill(attempt(CHAT.withHeader("X-Request-Id", clientsId)))
                .headers();
    }

    private static PdAttempt attempt(FakeRoutingContext request) {
        return new PdAttempt(request, PREFILL, DECODE, ID);
    }

    private static PdAttempt ncclAttempt(FakeRoutingContext request) {
        return new PdAttempt(request, NCCL_PREFILL, NCCL_DECODE, ID);
    }

    private static JsonMembers answer(String params) {
        return FakeMembers.of("kv_transfer_params", params);
    }
}
