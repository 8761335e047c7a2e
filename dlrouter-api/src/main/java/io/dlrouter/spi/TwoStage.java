package io.dlrouter.spi;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Experimental;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import java.time.Duration;
import java.util.Optional;

/** A protocol that sends prefill first; its response tells decode where the KV cache is. */
@Experimental
public non-sealed interface TwoStage extends PdProtocol {

    /**
     * The request to the decode node if it serves the request alone, without prefill: because the request cannot be
     * split correctly, or because a split does not pay. Empty if the request is split.
     *
     * @param decode the decode node
     * @throws InvalidRequestException if the request can be served neither alone nor split
     */
    Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode);

    /** The request to the prefill node, whose response is plain. */
    NodeRequest prefill(PdAttempt attempt);

    /**
     * The request to the decode node after a successful prefill.
     *
     * @param response the complete response of the prefill node
     * @throws BadNodeResponseException if the response is invalid; decode is then not called
     */
    Handover handover(PdAttempt attempt, JsonMembers response);

    /**
     * The call that releases the KV cache of a prefill, sent to the prefill node if no decode node fetched the cache.
     * Called before {@link #handover}, so that a cache is released even if decode cannot use it. Empty if there is no
     * cache, or if the engine releases it by itself.
     *
     * @param response the complete response of the prefill node
     */
    default Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
        return Optional.empty();
    }

    /**
     * Why the engine that sent this prefill response cannot be used; it gets no more requests until it is registered
     * again. Empty if it can.
     *
     * @param response the complete response of the prefill node
     */
    default Optional<String> objection(JsonMembers response) {
        return Optional.empty();
    }

    /** Whether decode reports a wrong number of prompt tokens, so that prefill's number is used. */
    default boolean prefillCountsPrompt() {
        return true;
    }

    /**
     * How long decode may still fetch a KV cache after a client disconnect, because an engine must not lose a cache
     * that is being read. If not zero, a prefill that has begun completes, too, because its response names the cache to
     * release.
     */
    default Duration grace() {
        return Duration.ZERO;
    }
}
