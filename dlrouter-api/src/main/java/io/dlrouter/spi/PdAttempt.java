package io.dlrouter.spi;

import io.dlrouter.NodeSpec;

/**
 * One attempt to serve a request with one pair of nodes.
 *
 * @param request the client's request
 * @param id unique to the attempt: 32 hexadecimal digits
 */
public record PdAttempt(RoutingContext request, NodeSpec prefill, NodeSpec decode, String id) {}
