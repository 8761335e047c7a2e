package io.dlrouter.spi;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;

/**
 * Prefill first; what it answers tells decode where the KV cache is.
 */
public non-sealed interface TwoStage extends PdProtocol {

    /**
     * Whether decode is to serve a request alone, reading the prompt itself: because it cannot be split without a wrong
     * answer, or because to split it does not pay.
     *
     * @param decode the node that would
     * @throws InvalidRequestException if the request can be served neither alone nor split
     */
    boolean isForDecodeAlone(RoutingContext request, NodeSpec decode);

    /** What goes to the prefill node: a request for the prompt to be read, answered in one piece. */
    NodeRequest prefill(PdAttempt attempt);

    /**
     * What goes to the decode node after a prefill that succeeded.
     *
     * @param answer the prefill node's, read to its end
     * @throws BadNodeResponseException if it is not what this engine answers to a prefill; decode is then not called
     */
    Handover handover(PdAttempt attempt, JsonMembers answer);
}
