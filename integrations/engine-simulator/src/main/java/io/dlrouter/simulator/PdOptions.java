package io.dlrouter.simulator;

import java.time.Duration;
import java.util.Optional;

/**
 * How an engine takes part in separated prefill and decode.
 *
 * @param zmqAddress the address of the engine in P2P NCCL, empty for NIXL
 * @param promptDetails whether the usage says how much of the prompt was cached
 * @param issuesParams whether prefill responds with transfer parameters, and holds blocks for them
 * @param returnsParams whether decode responds with transfer parameters of its own
 * @param bootstrapPort where a prefill engine of SGLang is to take decode engines in, 0 for any free port
 * @param bootstrapTimeout how long a leg of SGLang waits for the other
 * @param distServe how an engine of LMDeploy does
 * @param describesItself whether an engine of SGLang has {@code /server_info}
 */
record PdOptions(
        EngineRole role,
        Optional<HostPort> zmqAddress,
        boolean promptDetails,
        boolean issuesParams,
        boolean returnsParams,
        int bootstrapPort,
        Duration bootstrapTimeout,
        DistServeOptions distServe,
        boolean describesItself) {

    PdOptions {
        if (role == EngineRole.HYBRID && zmqAddress.isPresent()) {
            throw new IllegalArgumentException(
                    "zmq address: " + zmqAddress.get() + " (expected: none, the role is hybrid)");
        }
    }
}
