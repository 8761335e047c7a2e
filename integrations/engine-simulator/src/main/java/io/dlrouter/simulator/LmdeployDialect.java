package io.dlrouter.simulator;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** LMDeploy's api_server, 0.14 and newer. */
final class LmdeployDialect implements Dialect {
    private static final List<String> OPEN_PATHS = List.of("/health", "/docs", "/redoc", "/nodes");

    @Override
    public Answer error(int status, String message, @Nullable String param) {
        return status == 500
                ? Answer.text(500, "text/plain; charset=utf-8", "Internal Server Error")
                : Answer.json(status, flatError(status, message, param));
    }

    /** The error as it stands in a body, or in the {@code error} member of an event. */
    static Map<String, @Nullable Object> flatError(int status, String message, @Nullable String param) {
        return Json.object(
                "message", message,
                "type", type(status),
                "code", status,
                "param", param,
                "object", "error");
    }

    @Override
    public Answer unauthorized() {
        return error(401, "Unauthorized.", null);
    }

    @Override
    public boolean guards(String path) {
        return OPEN_PATHS.stream().noneMatch(path::startsWith);
    }

    @Override
    public int statusOfOtherContentTypes() {
        return 422;
    }

    @Override
    public Answer health(Health health) {
        String status = health == Health.READY ? "healthy" : health.name().toLowerCase(Locale.ROOT);
        int code = health == Health.READY || health == Health.SLEEPING ? 200 : 503;
        return Answer.json(code, Json.object("status", status, "message", "engine is " + status));
    }

    @Override
    public Map<String, @Nullable Object> modelCard(String model, long created, int maxModelLen) {
        return Json.object(
                "id",
                model,
                "object",
                "model",
                "created",
                created,
                "owned_by",
                "lmdeploy",
                "root",
                model,
                "parent",
                null,
                "permission",
                List.of());
    }

    @Override
    public String runningMetric() {
        return "lmdeploy:num_requests_running";
    }

    @Override
    public String waitingMetric() {
        return "lmdeploy:num_requests_waiting";
    }

    @Override
    public StreamStyle streamStyle() {
        return new StreamStyle(false, false, true);
    }

    @Override
    public boolean refusesIdleStreamOptions() {
        return false;
    }

    @Override
    public Stage stage(EngineState engine) {
        return engine.distServe()
                .map(self -> self.role() == EngineRole.PREFILL
                        ? new MigratingPrefill(engine, self)
                        : new MigratingDecode(engine, self))
                .orElseGet(() -> new UnmigratingHybrid(engine));
    }

    @Override
    public void addRoutes(Routes routes, EngineState engine, Stage stage) {
        routes.add("POST /generate", new GenerateRoute(engine, stage)::answer);
        routes.add("POST /v1/embeddings", request -> error(400, "Embeddings are not supported.", null));
        engine.distServe().ifPresent(self -> new DistServeRoutes(engine, self).addTo(routes));
        routes.add("GET /terminate", request -> terminate(engine));
    }

    private Answer terminate(EngineState engine) {
        return engine.options().terminable()
                ? Answer.empty(200).then(engine.listener()::stop)
                : error(
                        400,
                        "The server can not be terminated by a client (expected: --allow-terminate-by-client).",
                        null);
    }

    private static String type(int status) {
        return switch (status) {
            case 400, 422 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 404 -> "not_found_error";
            default -> "server_error";
        };
    }
}
