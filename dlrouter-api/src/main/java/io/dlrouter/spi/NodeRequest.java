package io.dlrouter.spi;

import java.util.Map;

/**
 * The changes to a client's request for one node. Immutable.
 *
 * @param headers to set in place of the client's
 * @param body the edit of the body
 */
public record NodeRequest(Map<String, String> headers, BodyEdit body) {
    /** No change. */
    public static final NodeRequest UNCHANGED = new NodeRequest(Map.of(), BodyEdit.NONE);

    public NodeRequest {
        headers = Map.copyOf(headers);
    }
}
