package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.InvalidRequestException;
import java.util.Optional;

/** Both legs at once: the engines find each other by what both requests were given. */
@Experimental
public non-sealed interface DualDispatch extends PdProtocol {

    /**
     * How many samples the client asks for. Each becomes a pair of legs of its own, and the answers become one.
     *
     * @return 1 or more
     * @throws InvalidRequestException if there are too many, or the request is one that cannot be split
     */
    int samples(RoutingContext request);

    /**
     * What goes to the two nodes for one sample.
     *
     * @param sample its number, from 0
     */
    Legs legs(PdAttempt attempt, int sample);

    /** What only prefill knows of an answer, if the client asked for it. */
    Optional<PrefillLists> prefillLists(RoutingContext request);

    /** What goes to each node of a pair. */
    record Legs(NodeRequest prefill, NodeRequest decode) {}
}
