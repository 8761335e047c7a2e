package io.dlrouter.server.metrics;

import io.dlrouter.NodeStatus;
import io.dlrouter.Router;
import io.dlrouter.micrometer.RouterMetrics;
import io.dlrouter.server.log.AccessLogAppender;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.IntSupplier;

/** The metrics of the gateway and of its router, for Prometheus. Safe for use by many threads. */
public final class GatewayMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RouterMetrics router = new RouterMetrics(registry);

    /** Metrics without a sample. */
    public GatewayMetrics() {
        FunctionCounter.builder("dlrouter.access.log.lines.dropped", this, metrics -> AccessLogAppender.droppedLines())
                .description("Lines of the access log for which its queue had no room")
                .register(registry);
    }

    /** The metrics of the router, to be added to it as a listener. */
    public RouterMetrics router() {
        return router;
    }

    /**
     * Registers gauges of the requests that wait in the router and of those that are open in the gateway.
     *
     * @param open the number of inference requests that the gateway serves
     */
    public void observe(Router observed, IntSupplier open) {
        router.observe(observed);
        Gauge.builder("dlrouter.requests.open", open::getAsInt)
                .description("Inference requests that the gateway serves")
                .register(registry);
    }

    /**
     * All metrics in the text format of Prometheus.
     *
     * @param table the nodes as they stand
     */
    public String scrape(List<NodeStatus> table) {
        router.refresh(table);
        return registry.scrape();
    }

    /** Counts a request that was rejected before it was routed. */
    void rejected(String code) {
        Counter.builder("dlrouter.refusals")
                .description("Requests that the gateway turned away before they were routed")
                .tag("code", code)
                .register(registry)
                .increment();
    }
}
