package io.dlrouter.server.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The limits of requests in the gateway and on its nodes, and the admission queue. */
final class AdmissionOptions {
    @Option(
            names = "--max_concurrent_requests",
            paramLabel = "<n>",
            defaultValue = "0",
            converter = OptionConverters.Limit.class,
            description =
                    "Concurrent inference requests, waiting ones included; more get 429 " + "(default: 0, no limit)")
    int maxConcurrentRequests;

    @Option(
            names = "--node_max_in_flight",
            paramLabel = "<n>",
            description = "Concurrent requests on each node without a limit of its own (default: 0, no limit)")
    @Nullable
    String nodeMaxInFlight;

    @Option(
            names = "--queue_size",
            paramLabel = "<n>",
            description = "Requests that may wait for capacity; more get 429 " + "(default: 0, no queue)")
    @Nullable
    String queueSize;

    @Option(
            names = "--queue_timeout",
            paramLabel = "<time>",
            description = "How long a request may wait (default: 10s)")
    @Nullable
    String queueTimeout;
}
