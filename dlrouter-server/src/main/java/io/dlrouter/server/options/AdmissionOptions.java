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
            description = "Inference requests at once, those that wait included; more are answered with 429 "
                    + "(default: 0, no limit)")
    int maxConcurrentRequests;

    @Option(
            names = "--node_max_in_flight",
            paramLabel = "<n>",
            description = "Requests at once on each node that has no limit of its own (default: 0, no limit)")
    @Nullable
    String nodeMaxInFlight;

    @Option(
            names = "--queue_size",
            paramLabel = "<n>",
            description = "Requests that may wait at once until a node can take them; more are answered with 429 "
                    + "(default: 0, none waits)")
    @Nullable
    String queueSize;

    @Option(
            names = "--queue_timeout",
            paramLabel = "<time>",
            description = "How long each of them may wait (default: 10s)")
    @Nullable
    String queueTimeout;
}
