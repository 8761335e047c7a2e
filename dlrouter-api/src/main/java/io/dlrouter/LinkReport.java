package io.dlrouter;

import java.util.Optional;

/**
 * Whether a prefill and a decode node are linked, so that decode can fetch KV caches from prefill.
 *
 * @param failure the reason why they are not linked; empty if they are
 */
public record LinkReport(NodeAddress prefill, NodeAddress decode, Optional<String> failure) {}
