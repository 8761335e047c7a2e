package io.dlrouter.spi;

import io.dlrouter.Experimental;

/**
 * A call to a node beside client requests: a {@code POST} of a JSON object. Immutable.
 *
 * @param path at the node, with a leading slash
 * @param json the body
 */
@Experimental
public record EngineCall(String path, String json) {}
