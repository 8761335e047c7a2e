package io.dlrouter.simulator;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The simulated prefill engine that transfer parameters name, be it in another process. */
record KvSource(HostPort address) {
    /** Where blocks are pulled: a POST of the parameters as they were issued, with the request's id in its header. */
    static final String PULL_PATH = "/simulator/kv/pull";

    /** The engine that these parameters name; empty when they are not such that decode can pull from it. */
    static Optional<KvSource> in(@Nullable Object params) {
        return params instanceof Map<?, ?> members
                        && Boolean.TRUE.equals(members.get("do_remote_prefill"))
                        && members.get("remote_host") instanceof String host
                        && members.get("remote_port") instanceof Double port
                ? Optional.of(new KvSource(new HostPort(host, port.intValue())))
                : Optional.empty();
    }

    KvPull pull(Network network, String params, String requestId) throws IOException {
        return KvPull.ofStatus(PeerAnswer.toPost(network, address, PULL_PATH, params, Map.of("x-request-id", requestId))
                .status());
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
