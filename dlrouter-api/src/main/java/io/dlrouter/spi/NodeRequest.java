package io.dlrouter.spi;

import java.util.Map;

/**
 * What the client's request becomes on its way to one node. Immutable.
 *
 * @param headers to set in place of the client's
 * @param body what is changed in the client's body
 */
public record NodeRequest(Map<String, String> headers, BodyEdit body) {
    /** The client's request as it is. */
    public static final NodeRequest UNCHANGED = new NodeRequest(Map.of(), BodyEdit.NONE);

    public NodeRequest {
        headers = Map.copyOf(headers);
    }
}
