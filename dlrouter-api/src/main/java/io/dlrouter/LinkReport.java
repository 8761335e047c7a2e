package io.dlrouter;

import java.util.Optional;

/**
 * Whether a prefill and a decode node are linked, so that one can take over KV caches of the other.
 *
 * @param failure why they are not; empty if they are
 */
public record LinkReport(NodeAddress prefill, NodeAddress decode, Optional<String> failure) {}
