package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeSpec;
import java.io.IOException;
import java.time.Duration;

/**
 * What sends small calls to nodes, for an adapter that has to talk to them beside the requests of clients. A call blocks
 * until it is answered and holds no place on the node. An interrupt need not end it; its limit does. Safe for use by
 * many threads.
 */
@Experimental
public interface NodeClient {

    /**
     * Asks a node.
     *
     * @param path at the node, with a leading slash
     * @param limit the longest that this takes, from connecting to the last byte of the answer
     * @throws IOException if the node gave no whole answer within the limit
     */
    Response get(NodeSpec node, String path, Duration limit) throws IOException;

    /**
     * Tells a node, with {@code Content-Type: application/json}. Never sent twice.
     *
     * @param limit the longest that this takes, from connecting to the last byte of the answer
     * @throws IOException if the node gave no whole answer within the limit; it may have acted all the same
     */
    Response post(NodeSpec node, EngineCall call, Duration limit) throws IOException;

    /**
     * What a node answered, whatever its status.
     *
     * @param status of HTTP
     * @param body read to its end
     */
    record Response(int status, String body) {}
}
