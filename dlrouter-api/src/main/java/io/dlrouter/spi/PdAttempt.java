package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeSpec;
import java.util.UUID;

/**
 * An attempt to serve a request with a pair of nodes.
 *
 * @param request the request of the client
 * @param id unique to the attempt: 32 hexadecimal digits
 */
@Experimental
public record PdAttempt(RoutingContext request, NodeSpec prefill, NodeSpec decode, String id) {

    /** A new attempt with a new id. */
    public static PdAttempt of(RoutingContext request, NodeSpec prefill, NodeSpec decode) {
        return new PdAttempt(
                request, prefill, decode, UUID.randomUUID().toString().replace("-", ""));
    }
}
