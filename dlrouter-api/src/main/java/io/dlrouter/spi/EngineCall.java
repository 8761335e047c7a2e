package io.dlrouter.spi;

import io.dlrouter.Experimental;

/**
 * A small call to a node, beside the requests of clients: a {@code POST} of a JSON object. Immutable.
 *
 * @param path at the node, with a leading slash
 * @param json the body
 */
@Experimental
public record EngineCall(String path, String json) {}
