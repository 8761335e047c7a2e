package io.dlrouter.server;

import io.dlrouter.core.RouterBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How long the router waits for nodes. */
final class TimeOptions {
    @Option(
            names = "--connect_timeout",
            paramLabel = "<time>",
            defaultValue = "5s",
            converter = OptionTypes.Time.class,
            description = "For a connection to a node (default: 5s)")
    Duration connect = Duration.ZERO;

    @Option(
            names = "--request_timeout",
            paramLabel = "<time>",
            defaultValue = "1800s",
            converter = OptionTypes.Time.class,
            description =
                    "For a plain answer as a whole (default: 1800s; environment: DLROUTER_AIOHTTP_TIMEOUT is the same)")
    Duration request = Duration.ZERO;

    @Option(
            names = "--first_byte_timeout",
            paramLabel = "<time>",
            converter = OptionTypes.Time.class,
            description = "For the first byte of a stream (default: as request_timeout)")
    @Nullable
    Duration firstByte;

    @Option(
            names = "--stream_idle_timeout",
            paramLabel = "<time>",
            defaultValue = "300s",
            converter = OptionTypes.Time.class,
            description = "For a silent stream (default: 300s)")
    Duration streamIdle = Duration.ZERO;

    @Option(
            names = "--health_check_interval",
            paramLabel = "<time>",
            defaultValue = "10s",
            converter = OptionTypes.Time.class,
            description = "Between two probes of a node (default: 10s)")
    Duration healthCheckInterval = Duration.ZERO;

    @Option(
            names = "--health_check_timeout",
            paramLabel = "<time>",
            defaultValue = "30s",
            converter = OptionTypes.Time.class,
            description = "For the answer to a probe (default: 30s)")
    Duration healthCheckTimeout = Duration.ZERO;

    @Option(
            names = "--health_check_max_failures",
            paramLabel = "<n>",
            defaultValue = "3",
            converter = OptionTypes.Count.class,
            description = "Failures in a row that eject a node (default: 3)")
    int healthCheckMaxFailures;

    /** Tells a router of these limits. */
    void configure(RouterBuilder builder) {
        builder.connectTimeout(connect)
                .requestTimeout(request)
                .streamIdleTimeout(streamIdle)
                .healthCheckInterval(healthCheckInterval)
                .healthCheckTimeout(healthCheckTimeout)
                .healthCheckMaxFailures(healthCheckMaxFailures);
        if (firstByte != null) {
            builder.firstByteTimeout(firstByte);
        }
    }
}
