package io.dlrouter.simulator;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Embeddings, ranks, classes and tokens: small responses that are right in shape and the same in every run. */
final class PoolingRoutes {
    private static final List<Double> VECTOR = List.of(0.25, -0.5, 0.75, -1.0);

    private final EngineState engine;

    PoolingRoutes(EngineState engine) {
        this.engine = engine;
    }

    void addTo(Routes routes) {
        routes.add(
                "POST /v1/embeddings", answering(asked -> list(asked, asked.count("input"), PoolingRoutes::embedding)));
        routes.add("POST /pooling", answering(asked -> list(asked, asked.count("input"), PoolingRoutes::pooled)));
        routes.add("POST /classify", answering(asked -> list(asked, asked.count("input"), PoolingRoutes::classified)));
        routes.add("POST /score", answering(asked -> list(asked, asked.count("text_2"), PoolingRoutes::scored)));
        routes.add("POST /rerank", answering(this::ranked));
        routes.add("POST /v1/rerank", answering(this::ranked));
        routes.add("POST /v2/rerank", answering(this::ranked));
        routes.add("POST /tokenize", answering(this::tokenized));
        routes.add("POST /detokenize", answering(PoolingRoutes::detokenized));
    }

    private Function<RecordedRequest, Answer> answering(
            Function<PoolingRequest, Map<String, @Nullable Object>> answer) {
        return request -> {
            PoolingRequest asked = new PoolingRequest(JsonBody.of(request));
            asked.model().ifPresent(engine::requireModel);
            return Answer.json(200, answer.apply(asked)).after(engine.options().timeToFirstToken());
        };
    }

    private Map<String, @Nullable Object> list(
            PoolingRequest asked, int size, IntFunction<Map<String, @Nullable Object>> element) {
        return Json.object(
                "object", "list",
                "model", model(asked),
                "data", IntStream.range(0, size).mapToObj(element).toList(),
                "usage", Json.object("prompt_tokens", size, "total_tokens", size));
    }

    private Map<String, @Nullable Object> ranked(PoolingRequest asked) {
        List<Map<String, @Nullable Object>> results = IntStream.range(0, asked.count("documents"))
                .mapToObj(index -> Json.object("index", index, "relevance_score", score(index)))
                .toList();
        return Json.object("id", "rerank-0", "model", model(asked), "results", results);
    }

    private Map<String, @Nullable Object> tokenized(PoolingRequest asked) {
        int count = asked.words();
        List<Integer> tokens = IntStream.range(0, count).boxed().toList();
        return Json.object("count", count, "max_model_len", engine.options().maxModelLen(), "tokens", tokens);
    }

    private static Map<String, @Nullable Object> detokenized(PoolingRequest asked) {
        return Json.object(
                "prompt", Output.text(Optional.of(asked.count("tokens")), 1).all());
    }

    private String model(PoolingRequest asked) {
        return asked.model().or(() -> engine.models().stream().findFirst()).orElse("");
    }

    private static Map<String, @Nullable Object> embedding(int index) {
        return Json.object("object", "embedding", "index", index, "embedding", VECTOR);
    }

    private static Map<String, @Nullable Object> pooled(int index) {
        return Json.object("object", "pooling", "index", index, "data", VECTOR);
    }

    private static Map<String, @Nullable Object> classified(int index) {
        return Json.object("index", index, "label", "LABEL_0", "probs", List.of(0.75, 0.25), "num_classes", 2);
    }

    private static Map<String, @Nullable Object> scored(int index) {
        return Json.object("object", "score", "index", index, "score", score(index));
    }

    private static double score(int index) {
        return 1.0 / (index + 1);
    }
}
