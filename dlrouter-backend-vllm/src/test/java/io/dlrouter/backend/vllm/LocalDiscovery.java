package io.dlrouter.backend.vllm;

import io.dlrouter.spi.RouterClock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Discoveries on a free port of this machine, which use a clock that tests move. */
final class LocalDiscovery {
    private LocalDiscovery() {}

    /** With these options in place of the local ones. */
    static HeartbeatDiscovery with(Map<String, String> options) {
        Map<String, String> all = new HashMap<>(Map.of("zmq_host", "127.0.0.1", "zmq_port", "0"));
        all.putAll(options);
        return new HeartbeatDiscovery(VllmOptions.of(all));
    }

    /** Starts it and waits for the port that it binds. */
    static int start(HeartbeatDiscovery discovery, Announcements nodes, RouterClock clock) throws Exception {
        discovery.start(nodes, clock);
        return discovery.port().get(30, TimeUnit.SECONDS);
    }
}
