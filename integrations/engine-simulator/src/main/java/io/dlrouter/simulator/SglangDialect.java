package io.dlrouter.simulator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** SGLang's HTTP server. */
final class SglangDialect implements Dialect {
    @Override
    public Answer error(int status, String message, @Nullable String param) {
        return Answer.json(
                status,
                Json.object(
                        "object", "error",
                        "message", message,
                        "type", type(status),
                        "param", param,
                        "code", status));
    }

    @Override
    public Answer unauthorized() {
        return Answer.json(401, Json.object("error", "Unauthorized"));
    }

    @Override
    public boolean guards(String path) {
        return !path.startsWith("/health") && !path.startsWith("/metrics");
    }

    @Override
    public int statusOfOtherContentTypes() {
        return 0;
    }

    @Override
    public Answer health(Health health) {
        return Answer.empty(health == Health.READY || health == Health.SLEEPING ? 200 : 503);
    }

    @Override
    public Map<String, @Nullable Object> modelCard(String model, long created, int maxModelLen) {
        return Json.object(
                "id", model,
                "object", "model",
                "created", created,
                "owned_by", "sglang",
                "root", model,
                "parent", null,
                "max_model_len", maxModelLen);
    }

    @Override
    public String runningMetric() {
        return "sglang:num_running_reqs";
    }

    @Override
    public String waitingMetric() {
        return "sglang:num_queue_reqs";
    }

    @Override
    public StreamStyle streamStyle() {
        return new StreamStyle(true, true, false);
    }

    @Override
    public boolean refusesIdleStreamOptions() {
        return false;
    }

    @Override
    public Stage stage(EngineState engine) {
        return switch (engine.options().pd().role()) {
            case HYBRID -> new HybridStage();
            case PREFILL -> new BootstrapPrefill(engine, engine.bootstrap().orElseThrow());
            case DECODE -> new BootstrapDecode(engine);
        };
    }

    @Override
    public void addRoutes(Routes routes, EngineState engine, Stage stage) {
        routes.add("POST /generate", new GenerateRoute(engine, stage)::answer);
        if (engine.options().pd().describesItself()) {
            routes.add("GET /server_info", request -> Answer.json(200, serverInfo(engine)));
            routes.add("GET /get_server_info", request -> Answer.json(200, serverInfo(engine)));
        }
    }

    private static Map<String, @Nullable Object> serverInfo(EngineState engine) {
        EngineRole role = engine.options().pd().role();
        String model = engine.models().stream().findFirst().orElse("");
        return Json.object(
                "model_path",
                model,
                "served_model_name",
                model,
                "tp_size",
                1,
                "dp_size",
                engine.options().dataParallelSize(),
                "disaggregation_mode",
                role == EngineRole.HYBRID ? "null" : role.toString(),
                "disaggregation_bootstrap_port",
                engine.bootstrapPort(),
                "max_total_num_tokens",
                EngineOptions.CACHE_TOKENS,
                "max_running_requests",
                256,
                "version",
                "0.5.6");
    }

    private static String type(int status) {
        return switch (status) {
            case 400, 422 -> "BadRequestError";
            case 404 -> "NotFoundError";
            case 503 -> "ServiceUnavailableError";
            default -> "InternalServerError";
        };
    }
}
