package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.TwoStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests that every {@link TwoStage} protocol must pass. The test of a protocol extends this class, and gives the protocol
 * and what its engine responds to a prefill:
 *
 * <pre>{@code
 * class HouseTransferTest extends TwoStageContract {
 *     @Override
 *     protected TwoStage protocol() {
 *         return new HouseTransfer();
 *     }
 *
 *     @Override
 *     protected FakeMembers prefillResponse() {
 *         return FakeMembers.of("cache_id", "\"c-1\"", "usage", "{\"prompt_tokens\":5}");
 *     }
 *
 *     @Override
 *     protected Set<String> reservedMembers() {
 *         return Set.of("cache_id");
 *     }
 * }
 * }</pre>
 *
 * <p>Checks that
 *
 * <ul>
 *   <li>roles, routes and hidden members are constant, name a decode node and paths, and that a protocol without prefill
 *       nodes lets decode serve every request alone;
 *   <li>{@code prefill}, {@code handover}, {@code release}, {@code objection} and {@code decodeAlone} are pure functions:
 *       equal for equal arguments, from any thread;
 *   <li>headers, paths and JSON texts can be sent, and the prefill is asked for in one piece;
 *   <li>nothing depends on members that only the router may set, whatever the client writes there;
 *   <li>what names an attempt is another for each attempt, and the same for both legs of one;
 *   <li>whatever a client sends is refused with an {@link InvalidRequestException} or served, and any prefill response
 *       is refused by {@code handover} with a {@link BadNodeResponseException} or handed over, while
 *       {@code release} and {@code objection} throw nothing.
 * </ul>
 */
@Timeout(60)
public abstract class TwoStageContract {
    private static final int THREADS = 8;
    private static final int CALLS = 200;
    private static final String REQUEST_ID = "X-Request-Id";

    /** For subclasses. */
    protected TwoStageContract() {}

    /** A new protocol, equally configured each time. */
    protected abstract TwoStage protocol();

    /** A prefill response with a KV cache that decode can fetch. */
    protected abstract FakeMembers prefillResponse();

    /** A request that is split. By default a streamed chat. */
    protected FakeRoutingContext request() {
        return PdRules.chat();
    }

    /** Members of a request's body that only the router may set. By default the hidden members of responses. */
    protected Set<String> reservedMembers() {
        return protocol().hiddenMembers();
    }

    /** The prefill node. */
    protected NodeSpec prefillNode() {
        return NodeSpec.of("fake", "http://prefill:8000").withRole(Role.PREFILL);
    }

    /** The decode node. */
    protected NodeSpec decodeNode() {
        return NodeSpec.of("fake", "http://decode:8000").withRole(Role.DECODE);
    }

    @Test
    void roles_askedTwice_areTheSameAndNameDecode() {
        PdRules.assertRoles(protocol(), protocol());
    }

    @Test
    void routes_askedTwice_areTheSamePaths() {
        PdRules.assertRoutes(protocol(), protocol());
    }

    @Test
    void hiddenMembers_askedTwice_areTheSame() {
        PdRules.assertHiddenMembers(protocol(), protocol());
    }

    @Test
    void grace_askedTwice_isTheSameAndNotNegative() {
        Duration grace = protocol().grace();

        assertThat(grace.isNegative()).as("grace of %s is negative", grace).isFalse();
        assertThat(protocol().grace()).isEqualTo(grace);
    }

    @Test
    void prefillCountsPrompt_askedTwice_isTheSame() {
        TwoStage protocol = protocol();
        boolean counts = protocol.prefillCountsPrompt();

        assertThat(protocol.prefillCountsPrompt()).isEqualTo(counts);
        assertThat(protocol().prefillCountsPrompt()).isEqualTo(counts);
    }

    @Test
    void decodeAlone_requestToBeSplit_isEmptyIfThereArePrefillNodes() {
        assertThat(protocol().decodeAlone(request(), decodeNode()).isEmpty())
                .as("the request is split")
                .isEqualTo(protocol().roles().contains(Role.PREFILL));
    }

    @Test
    void decodeAlone_anyRequest_saysTheSameEachTime() {
        TwoStage protocol = protocol();

        assertThat(oddRequests()).allSatisfy(request -> {
            Object first = decodeAlone(protocol, request);
            assertThat(decodeAlone(protocol, request)).isEqualTo(first);
            assertThat(decodeAlone(protocol(), request)).isEqualTo(first);
        });
    }

    @Test
    void decodeAlone_anyRequest_canBeSentOrIsSplitOrRefused() {
        TwoStage protocol = protocol();
        boolean hasPrefill = protocol.roles().contains(Role.PREFILL);

        assertThat(oddRequests()).allSatisfy(request -> {
            try {
                Optional<NodeRequest> alone = protocol.decodeAlone(request, decodeNode());
                alone.ifPresent(PdRules::assertRequest);
                assertThat(alone.isPresent() || hasPrefill)
                        .as("decode serves the request alone, as there are no prefill nodes")
                        .isTrue();
                if (alone.isEmpty()) {
                    PdRules.assertRequest(protocol.prefill(attempt(request)));
                }
            } catch (InvalidRequestException refused) {
                assertThat(refused).hasMessageContaining("expected:");
            }
        });
    }

    @Test
    void decodeAlone_reservedMemberOfTheClient_changesNothing() {
        TwoStage protocol = protocol();

        PdRules.assertUnchangedBy(reservedMembers(), request(), client -> decodeAlone(protocol, client));
    }

    @Test
    void prefill_sameAttempt_isTheSameEachTime() {
        assumeSplit();
        PdAttempt attempt = attempt();
        NodeRequest first = protocol().prefill(attempt);

        assertThat(protocol().prefill(attempt)).isEqualTo(first);
    }

    @Test
    void prefill_streamedRequest_canBeSentAndAsksForOnePiece() {
        assumeSplit();
        NodeRequest prefill = protocol().prefill(attempt(request().withMember("stream", "true")));

        PdRules.assertRequest(prefill);
        assertThat(prefill.body().removed().contains("stream")
                        || "false".equals(prefill.body().set().get("stream")))
                .as("the member stream is removed or false")
                .isTrue();
    }

    @Test
    void prefill_reservedMemberOfTheClient_changesNothing() {
        assumeSplit();
        TwoStage protocol = protocol();
        String id = attempt().id();

        PdRules.assertUnchangedBy(
                reservedMembers(),
                request(),
                client -> protocol.prefill(new PdAttempt(client, prefillNode(), decodeNode(), id)));
    }

    @Test
    void handover_cacheLeft_canBeSentToANodeThatMayTakeItOver() {
        assumeSplit();
        Handover handover = protocol().handover(attempt(), prefillResponse());

        PdRules.assertRequest(handover.decode());
        assertThat(handover.receiver()).as("receiver").isNotEqualTo(Handover.Receiver.NONE);
        assertThat(handover.lease()).as("lease").isPositive();
    }

    @Test
    void handover_sameResponse_isTheSameEachTime() {
        assumeSplit();
        PdAttempt attempt = attempt();
        Handover first = protocol().handover(attempt, prefillResponse());

        assertThat(protocol().handover(attempt, prefillResponse())).isEqualTo(first);
    }

    @Test
    void handover_reservedMemberOfTheClient_changesNothing() {
        assumeSplit();
        TwoStage protocol = protocol();
        String id = attempt().id();

        PdRules.assertUnchangedBy(
                reservedMembers(),
                request(),
                client -> protocol.handover(new PdAttempt(client, prefillNode(), decodeNode(), id), prefillResponse()));
    }

    @Test
    void handover_malformedResponse_isBadNodeResponseOrCanBeSent() {
        assumeSplit();
        TwoStage protocol = protocol();

        assertThat(oddResponses()).allSatisfy(response -> {
            try {
                PdRules.assertRequest(protocol.handover(attempt(), response).decode());
            } catch (BadNodeResponseException refused) {
                assertThat(refused).hasMessageContaining(prefillNode().address().toString());
            }
        });
    }

    @Test
    void legs_twoAttempts_areNotNamedTheSame() {
        assumeSplit();
        TwoStage protocol = protocol();
        PdAttempt attempt = attempt();
        PdAttempt another = PdRules.another(attempt);

        assertThat(protocol.prefill(attempt).headers().get(REQUEST_ID))
                .as("X-Request-Id of two attempts")
                .satisfiesAnyOf(
                        id -> assertThat(id).isNull(),
                        id -> assertThat(id)
                                .isNotEqualTo(
                                        protocol.prefill(another).headers().get(REQUEST_ID)));
    }

    @Test
    void legs_sameAttempt_areNamedTheSame() {
        assumeSplit();
        TwoStage protocol = protocol();
        PdAttempt attempt = attempt();

        assertThat(protocol.handover(attempt, prefillResponse())
                        .decode()
                        .headers()
                        .get(REQUEST_ID))
                .as("X-Request-Id of the decode leg")
                .isEqualTo(protocol.prefill(attempt).headers().get(REQUEST_ID));
    }

    @Test
    void release_cacheLeft_isTheSameEachTimeAndCanBeSent() {
        assumeSplit();
        PdAttempt attempt = attempt();

        assertThat(protocol().release(attempt, prefillResponse()))
                .isEqualTo(protocol().release(attempt, prefillResponse()));
        protocol().release(attempt, prefillResponse()).ifPresent(call -> {
            HttpRules.assertPath(call.path());
            JsonRules.assertValue(call.json());
        });
    }

    @Test
    void release_malformedResponse_throwsNothing() {
        assumeSplit();
        TwoStage protocol = protocol();

        assertThat(oddResponses())
                .allSatisfy(response ->
                        protocol.release(attempt(), response).ifPresent(call -> JsonRules.assertValue(call.json())));
    }

    @Test
    void objection_cacheLeft_isEmpty() {
        assertThat(protocol().objection(prefillResponse())).as("objection").isEmpty();
    }

    @Test
    void objection_malformedResponse_isTheSameEachTimeAndThrowsNothing() {
        TwoStage protocol = protocol();

        assertThat(oddResponses()).allSatisfy(response -> {
            Optional<String> first = protocol.objection(response);
            assertThat(protocol.objection(response)).isEqualTo(first);
        });
    }

    @Test
    void protocol_manyThreads_saysToEachWhatItSaysToOne() throws Exception {
        assumeSplit();
        TwoStage protocol = protocol();
        PdAttempt shared = attempt();
        Said expected = Said.by(protocol, shared, prefillResponse());

        Hammer.run(THREADS, () -> {
            for (int i = 0; i < CALLS; i++) {
                PdAttempt own = PdRules.another(shared);
                Said unused = Said.by(protocol, own, prefillResponse());
                assertThat(Said.by(protocol, shared, prefillResponse())).isEqualTo(expected);
            }
        });
    }

    private void assumeSplit() {
        assumeTrue(protocol().roles().contains(Role.PREFILL), "the protocol needs prefill nodes");
    }

    private PdAttempt attempt() {
        return attempt(request());
    }

    private PdAttempt attempt(FakeRoutingContext request) {
        return PdAttempt.of(request, prefillNode(), decodeNode());
    }

    /** The request that decode serves alone, or the reason why no node serves it. */
    private Object decodeAlone(TwoStage protocol, FakeRoutingContext request) {
        try {
            return protocol.decodeAlone(request, decodeNode());
        } catch (InvalidRequestException refused) {
            return String.valueOf(refused.getMessage());
        }
    }

    private List<FakeRoutingContext> oddRequests() {
        return PdRules.READ_MEMBERS.stream()
                .flatMap(name -> PdRules.ODD_JSON.stream().map(json -> request().withMember(name, json)))
                .toList();
    }

    /** The prefill response without each of its members, and with each other kind of JSON. */
    private List<FakeMembers> oddResponses() {
        FakeMembers whole = prefillResponse();
        Set<String> names = whole.json().keySet();
        List<FakeMembers> odd = new ArrayList<>(List.of(FakeMembers.of()));
        for (String name : names) {
            odd.add(whole.without(name));
            PdRules.ODD_JSON.forEach(json -> odd.add(whole.with(name, json)));
        }
        return odd;
    }

    /** All results of a protocol for one attempt. */
    private record Said(NodeRequest prefill, Handover handover, Optional<?> release, Optional<?> objection) {
        static Said by(TwoStage protocol, PdAttempt attempt, FakeMembers response) {
            return new Said(
                    protocol.prefill(attempt),
                    protocol.handover(attempt, response),
                    protocol.release(attempt, response),
                    protocol.objection(response));
        }
    }
}
