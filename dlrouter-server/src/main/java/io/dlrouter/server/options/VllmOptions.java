package io.dlrouter.server.options;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Prefill/Decode with vLLM: discovery by heartbeats, data-parallel ranks, and what is split. */
final class VllmOptions implements BackendOptions {
    @Option(names = "--zmq_host", paramLabel = "<address>", description = "Where heartbeats arrive (default: 0.0.0.0)")
    @Nullable
    String zmqHost;

    @Option(names = "--zmq_port", paramLabel = "<port>", description = "(default: 30001)")
    @Nullable
    String zmqPort;

    @Option(
            names = "--zmq_ping_timeout",
            paramLabel = "<time>",
            description = "An instance without a heartbeat for so long is reported (default: 5s)")
    @Nullable
    String zmqPingTimeout;

    @Option(
            names = "--heartbeat_expiration",
            paramLabel = "<time>",
            description = "A node without a heartbeat for so long is removed (default: 90s)")
    @Nullable
    String heartbeatExpiration;

    @Option(
            names = "--intra_node_data_parallel_size",
            paramLabel = "<n>",
            description = "Data-parallel ranks behind each URL, from 0 on or from the rank of a URL such as"
                    + " http://host:8000@4 on (default: 1)")
    @Nullable
    String intraNodeDataParallelSize;

    @Option(
            names = "--prefill_intra_node_data_parallel_size",
            paramLabel = "<n>",
            description = "The same for prefill URLs alone")
    @Nullable
    String prefillIntraNodeDataParallelSize;

    @Option(
            names = "--decode_intra_node_data_parallel_size",
            paramLabel = "<n>",
            description = "The same for decode URLs alone")
    @Nullable
    String decodeIntraNodeDataParallelSize;

    @Option(
            names = "--pd_min_prompt_tokens",
            paramLabel = "<n>",
            description = "A prompt of fewer tokens, as estimated, is not split but goes to decode alone (default: 0: "
                    + "every one is split)")
    @Nullable
    String pdMinPromptTokens;

    @Option(
            names = "--kv_lease_duration",
            paramLabel = "<time>",
            description = "How long prefill nodes hold a KV cache for decode, as kv_lease_duration in their"
                    + " kv_connector_extra_config; a decode that begins later is not used (default: 30s)")
    @Nullable
    String kvLeaseDuration;

    @Override
    public Set<String> backends() {
        return Set.of("vllm");
    }
}
