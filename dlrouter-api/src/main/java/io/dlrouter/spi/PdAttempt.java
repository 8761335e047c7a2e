package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeSpec;
import java.util.UUID;

/**
 * One attempt to serve a request with one pair of nodes.
 *
 * @param request the client's request
 * @param id unique to the attempt: 32 hexadecimal digits
 */
@Experimental
public record PdAttempt(RoutingContext request, NodeSpec prefill, NodeSpec decode, String id) {

    /** A new attempt, with an id of its own. */
    public static PdAttempt of(RoutingContext request, NodeSpec prefill, NodeSpec decode) {
        return new PdAttempt(
                request, prefill, decode, UUID.randomUUID().toString().replace("-", ""));
    }
}
