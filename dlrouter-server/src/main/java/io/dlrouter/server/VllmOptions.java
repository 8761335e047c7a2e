package io.dlrouter.server;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Option;

/** Prefill/Decode with vLLM: discovery by heartbeats, data-parallel ranks, and what is split. */
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
            description = "An instance without a heartbeat for so long is reported (default: 5s)")
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
            converter = OptionTypes.Ranks.class,
            description = "Data-parallel ranks behind each URL (default: 1)")
    int intraNodeDataParallelSize;

    @Option(
            names = "--pd_min_prompt_tokens",
            paramLabel = "<n>",
            defaultValue = "0",
            converter = OptionTypes.Limit.class,
            description = "A prompt of fewer tokens, as estimated, is not split but goes to decode alone (default: 0: "
                    + "every one is split)")
    int pdMinPromptTokens;

    @Override
    public Set<String> backends() {
        return Set.of("vllm");
    }

    /** What the backend is told, times in seconds. */
    Map<String, String> forProvider() {
        return Map.of(
                "zmq_host", zmqHost,
                "zmq_port", Integer.toString(zmqPort),
                "zmq_ping_timeout", seconds(zmqPingTimeout),
                "heartbeat_expiration", seconds(heartbeatExpiration),
                "pd_min_prompt_tokens", Integer.toString(pdMinPromptTokens));
    }

    private static String seconds(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3).toPlainString();
    }
}
