package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** vLLM's OpenAI server. */
final class VllmDialect implements Dialect {
    @Override
    public Answer error(int status, String message, @Nullable String param) {
        return Answer.json(
                status,
                Json.object(
                        "error",
                        Json.object("message", message, "type", type(status), "param", param, "code", status)));
    }

    @Override
    public Answer unauthorized() {
        return Answer.json(401, Json.object("error", "Unauthorized"));
    }

    @Override
    public boolean guards(String path) {
        return path.startsWith("/v1/");
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
                "id",
                model,
                "object",
                "model",
                "created",
                created,
                "owned_by",
                "vllm",
                "root",
                model,
                "parent",
                null,
                "max_model_len",
                maxModelLen,
                "permission",
                List.of());
    }

    @Override
    public String runningMetric() {
        return "vllm:num_requests_running";
    }

    @Override
    public String waitingMetric() {
        return "vllm:num_requests_waiting";
    }

    @Override
    public StreamStyle streamStyle() {
        return new StreamStyle(true, false, false);
    }

    @Override
    public boolean refusesIdleStreamOptions() {
        return true;
    }

    @Override
    public void checkHeaders(RecordedRequest request, EngineOptions options) {
        request.header("x-data-parallel-rank")
                .filter(rank -> rank.matches("[+-]?[0-9]{1,18}"))
                .map(Long::valueOf)
                .filter(rank -> rank < firstRank(options) || rank >= firstRank(options) + options.dataParallelSize())
                .ifPresent(rank -> {
                    throw EngineErrorException.badRequest(
                            options.firstDataParallelRank().isPresent()
                                    ? "engine-core error"
                                    : "data_parallel_rank " + rank + " is out of range [0, "
                                            + options.dataParallelSize() + ")");
                });
    }

    private static int firstRank(EngineOptions options) {
        return options.firstDataParallelRank().orElse(0);
    }

    @Override
    public Stage stage(EngineState engine) {
        PdOptions pd = engine.options().pd();
        if (pd.zmqAddress().isPresent()) {
            return new P2pStage(engine, pd.zmqAddress().get());
        }
        return switch (pd.role()) {
            case HYBRID -> new HybridStage();
            case PREFILL -> new NixlPrefill(engine);
            case DECODE -> new NixlDecode(engine);
        };
    }

    @Override
    public String cacheMetric() {
        return "# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{block_size=\"16\",cache_dtype=\"auto\",engine=\"0\","
                + "num_gpu_blocks=\"" + EngineOptions.CACHE_TOKENS / 16 + "\",num_gpu_blocks_override=\"None\"} 1.0\n";
    }

    @Override
    public void addRoutes(Routes routes, EngineState engine, Stage stage) {
        routes.add("GET /version", request -> Answer.json(200, Json.object("version", "0.22.0")));
    }

    private static String type(int status) {
        return switch (status) {
            case 400 -> "BadRequestError";
            case 404 -> "NotFoundError";
            case 422 -> "UnprocessableEntityError";
            case 503 -> "ServiceUnavailableError";
            default -> "InternalServerError";
        };
    }
}
