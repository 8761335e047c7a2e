package io.dlrouter.server;

import java.time.Duration;
import java.util.Set;
import picocli.CommandLine.Option;

/** Prefill/Decode with vLLM: discovery by heartbeats, and data-parallel ranks. */
final class VllmOptions implements BackendOptions {
    @Option(
            names = "--zmq_host",
            paramLabel = "<address>",
            defaultValue = "0.0.0.0",
            description = "Where heartbeats arrive (default: 0.0.0.0)")
    String zmqHost = "";

    @Option(
            names = "--zmq_port",
            paramLabel = "<port>",
            defaultValue = "30001",
            converter = OptionTypes.Port.class,
            description = "(default: 30001)")
    int zmqPort;

    @Option(
            names = "--zmq_ping_timeout",
            paramLabel = "<time>",
            defaultValue = "5s",
            converter = OptionTypes.Time.class,
            description = "Between two heartbeats (default: 5s)")
    Duration zmqPingTimeout = Duration.ZERO;

    @Option(
            names = "--heartbeat_expiration",
            paramLabel = "<time>",
            defaultValue = "90s",
            converter = OptionTypes.Time.class,
            description = "A node without a heartbeat for so long is removed (default: 90s)")
    Duration heartbeatExpiration = Duration.ZERO;

    @Option(
            names = "--intra_node_data_parallel_size",
            paramLabel = "<n>",
            defaultValue = "1",
            converter = OptionTypes.Count.class,
            description = "Data-parallel ranks behind each URL (default: 1)")
    int intraNodeDataParallelSize;

    @Override
    public Set<String> backends() {
        return Set.of("vllm");
    }
}
