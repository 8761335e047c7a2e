package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.NodeSpec;
import java.io.IOException;
import java.time.Duration;

/**
 * Sends calls to nodes beside client requests, for adapters. A call blocks until its response and holds no lease. It
 * ends by its time limit, not necessarily by an interrupt. Safe for use by many threads.
 */
@Experimental
public interface NodeClient {

    /**
     * Sends a {@code GET}.
     *
     * @param path at the node, with a leading slash
     * @param limit the longest duration, from connecting to the last byte of the response
     * @throws IOException without a complete response within the limit
     */
    Response get(NodeSpec node, String path, Duration limit) throws IOException;

    /**
     * Sends a {@code POST} with {@code Content-Type: application/json}, at most once.
     *
     * @param limit the longest duration, from connecting to the last byte of the response
     * @throws IOException without a complete response within the limit; the node may have acted on it
     */
    Response post(NodeSpec node, EngineCall call, Duration limit) throws IOException;

    /**
     * A complete response, with any status.
     *
     * @param status the HTTP status
     * @param body the body
     */
    record Response(int status, String body) {}
}
