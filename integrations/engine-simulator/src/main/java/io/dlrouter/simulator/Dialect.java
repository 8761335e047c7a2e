package io.dlrouter.simulator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How one kind of engine speaks where the three differ. */
sealed interface Dialect permits VllmDialect, SglangDialect, LmdeployDialect {
    Answer error(int status, String message, @Nullable String param);

    Answer unauthorized();

    /** Whether the path needs the API key, when there is one. */
    boolean guards(String path);

    /** The status of a POST without {@code application/json}, 0 when it is taken all the same. */
    int statusOfOtherContentTypes();

    Answer health(Health health);

    /** A card of {@code /v1/models}. */
    Map<String, @Nullable Object> modelCard(String model, long created, int maxModelLen);

    String runningMetric();

    String waitingMetric();

    /** What {@code /metrics} says of the KV cache; empty if nothing. */
    default String cacheMetric() {
        return "";
    }

    StreamStyle streamStyle();

    /** Whether {@code stream_options} without {@code stream} is an error. */
    boolean refusesIdleStreamOptions();

    /** Refuses what only this kind refuses in the headers of a completion. */
    default void checkHeaders(RecordedRequest request, EngineOptions options) {}

    /** What the engine does of a completion. */
    default Stage stage(EngineState engine) {
        return new HybridStage();
    }

    /** Adds the routes that only this kind has. */
    void addRoutes(Routes routes, EngineState engine, Stage stage);
}
