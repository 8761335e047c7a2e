package io.dlrouter.server.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The timeouts of requests, and the health checks. */
final class TimeOptions {
    @Option(
            names = "--connect_timeout",
            paramLabel = "<time>",
            description = "For a connection to a node (default: 5s)")
    @Nullable
    String connect;

    @Option(
            names = "--request_timeout",
            paramLabel = "<time>",
            description =
                    "For a plain response as a whole (default: 1800s; environment: DLROUTER_AIOHTTP_TIMEOUT is the same)")
    @Nullable
    String request;

    @Option(
            names = "--first_byte_timeout",
            paramLabel = "<time>",
            description = "For the first byte of a stream (default: as request_timeout)")
    @Nullable
    String firstByte;

    @Option(names = "--stream_idle_timeout", paramLabel = "<time>", description = "For a silent stream (default: 300s)")
    @Nullable
    String streamIdle;

    @Option(
            names = "--health_check_interval",
            paramLabel = "<time>",
            description = "Between two probes of a node (default: 10s)")
    @Nullable
    String healthCheckInterval;

    @Option(
            names = "--health_check_timeout",
            paramLabel = "<time>",
            description = "For the response to a probe (default: 30s)")
    @Nullable
    String healthCheckTimeout;

    @Option(
            names = "--health_check_max_failures",
            paramLabel = "<n>",
            description = "Consecutive failures that eject a node (default: 3)")
    @Nullable
    String healthCheckMaxFailures;
}
