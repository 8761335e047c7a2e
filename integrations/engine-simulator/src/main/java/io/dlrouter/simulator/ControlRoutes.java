package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an engine tells about itself: health, models and metrics. */
final class ControlRoutes {
    private static final long CREATED = 1_700_000_000;

    private final EngineState engine;

    ControlRoutes(EngineState engine) {
        this.engine = engine;
    }

    void addTo(Routes routes) {
        routes.add("GET /health", request -> health());
        routes.add("GET /v1/models", request -> models());
        routes.add("GET /metrics", request -> metrics());
    }

    private Answer health() {
        Health health = engine.health();
        return health == Health.ABSENT
                ? engine.dialect().error(404, "Not Found", null)
                : engine.dialect().health(health);
    }

    private Answer models() {
        List<Map<String, @Nullable Object>> cards = engine.models().stream()
                .map(model -> engine.dialect()
                        .modelCard(model, CREATED, engine.options().maxModelLen()))
                .toList();
        return Answer.json(200, Json.object("object", "list", "data", cards));
    }

    private Answer metrics() {
        Dialect dialect = engine.dialect();
        String text = gauge(dialect.runningMetric(), engine.log().running())
                + gauge(dialect.waitingMetric(), 0)
                + dialect.cacheMetric();
        return Answer.text(200, "text/plain; version=0.0.4; charset=utf-8", text);
    }

    private String gauge(String name, int value) {
        String model = engine.models().stream().findFirst().orElse("");
        return "# TYPE %s gauge\n%s{model_name=\"%s\",engine=\"0\"} %d.0\n".formatted(name, name, model, value);
    }
}
