package io.dlrouter.spi;

import java.util.Set;

/**
 * How one kind of engine splits a request between a prefill node, which reads the prompt, and a decode node, which
 * takes the KV cache over and gives the answer. A protocol describes what goes to which node; the router sends it, and
 * owns the order, the places, the limits and what is tried again.
 */
public sealed interface PdProtocol permits TwoStage {

    /** Members of an engine's answer that are between engines and router, and that no client may see. */
    Set<String> hiddenMembers();
}
