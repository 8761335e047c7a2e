package io.dlrouter.spi;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Experimental;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import java.time.Duration;
import java.util.Optional;

/**
 * Prefill first; what it answers tells decode where the KV cache is.
 */
@Experimental
public non-sealed interface TwoStage extends PdProtocol {

    /**
     * What goes to the decode node if it is to serve a request alone, without a prefill: because the request cannot be
     * split without a wrong answer, or because to split it does not pay. Empty if the request is to be split.
     *
     * @param decode the node that would
     * @throws InvalidRequestException if the request can be served neither alone nor split
     */
    Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode);

    /** What goes to the prefill node: a request for the prompt to be read, answered in one piece. */
    NodeRequest prefill(PdAttempt attempt);

    /**
     * What goes to the decode node after a prefill that succeeded.
     *
     * @param response the prefill node's, read to its end
     * @throws BadNodeResponseException if it is not what this engine answers to a prefill; decode is then not called
     */
    Handover handover(PdAttempt attempt, JsonMembers response);

    /**
     * What gives back the KV cache that a prefill left, sent to the prefill node if no decode node took the cache over.
     * Asked for before {@link #handover}, so that a cache is given back even if decode cannot be told of it. Empty if
     * the answer names none, or if the engine itself gives caches back after a time.
     *
     * @param response the prefill node's, read to its end
     */
    default Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
        return Optional.empty();
    }

    /**
     * Why the engine that answered a prefill so is of no use in a fleet; it then gets no more requests until it is
     * registered anew. Empty if it is.
     *
     * @param response the prefill node's, read to its end
     */
    default Optional<String> objection(JsonMembers response) {
        return Optional.empty();
    }

    /** Whether decode counts the tokens whose cache it took over wrongly, so that prefill's count of the prompt stands. */
    default boolean prefillCountsPrompt() {
        return true;
    }

    /**
     * How long decode may still take a cache over when nobody waits for its answer any more, because an engine must not
     * lose a cache that is being read. If this is not zero, a prefill that began is let end as well: only its answer
     * says what is to be given back.
     */
    default Duration grace() {
        return Duration.ZERO;
    }
}
