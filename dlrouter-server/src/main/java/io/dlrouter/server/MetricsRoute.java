package io.dlrouter.server;

import io.dlrouter.Router;
import io.dlrouter.server.http.ApiKeys;
import io.dlrouter.server.metrics.GatewayMetrics;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;

/** The route {@code GET /metrics}, for Prometheus. */
final class MetricsRoute {
    private static final String PATH = "/metrics";
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Router router;
    private final GatewayMetrics metrics;
    private final ApiKeys adminKeys;

    MetricsRoute(Router router, GatewayMetrics metrics, ApiKeys adminKeys) {
        this.router = router;
        this.metrics = metrics;
        this.adminKeys = adminKeys;
    }

    void register(RoutesConfig routes) {
        Handler guarded = adminKeys.guard(this::respond);
        routes.get(PATH, guarded);
        routes.head(PATH, guarded);
    }

    private void respond(Context ctx) {
        ctx.contentType(PROMETHEUS_TEXT).result(metrics.scrape(router.nodes().all()));
    }
}
