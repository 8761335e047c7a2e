package io.dlrouter.simulator;

import java.util.Optional;

/**
 * How an engine takes part in separated prefill and decode.
 *
 * @param zmqAddress the address of the engine in P2P NCCL, empty for NIXL
 * @param promptDetails whether the usage says how much of the prompt was cached
 * @param issuesParams whether prefill answers with transfer parameters, and holds blocks for them
 * @param returnsParams whether decode answers with transfer parameters of its own
 */
record PdOptions(
        EngineRole role,
        Optional<HostPort> zmqAddress,
        boolean promptDetails,
        boolean issuesParams,
        boolean returnsParams) {

    PdOptions {
        if (role == EngineRole.HYBRID && zmqAddress.isPresent()) {
            throw new IllegalArgumentException(
                    "zmq address: " + zmqAddress.get() + " (expected: none, the role is hybrid)");
        }
    }
}
