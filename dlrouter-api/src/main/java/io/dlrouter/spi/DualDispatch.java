package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.InvalidRequestException;
import java.util.Optional;

/** A protocol that sends both legs at once. The engines find each other by values in both requests. */
@Experimental
public non-sealed interface DualDispatch extends PdProtocol {

    /**
     * The number of samples that the client asks for. Each sample becomes a pair of legs; their responses are merged.
     *
     * @return 1 or more
     * @throws InvalidRequestException if there are too many, or the request cannot be split
     */
    int samples(RoutingContext request);

    /**
     * The requests to both nodes for one sample.
     *
     * @param sample its number, from 0
     */
    Legs legs(PdAttempt attempt, int sample);

    /** Lists of the response that prefill completes, if the client asked for them. */
    Optional<PrefillLists> prefillLists(RoutingContext request);

    /** The requests to the nodes of a pair. */
    record Legs(NodeRequest prefill, NodeRequest decode) {}
}
