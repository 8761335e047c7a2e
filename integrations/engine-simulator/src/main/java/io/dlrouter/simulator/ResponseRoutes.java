package io.dlrouter.simulator;

import io.dlrouter.simulator.ResponseStore.Stored;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import okio.ByteString;
import org.jspecify.annotations.Nullable;

/** The Responses API, whose state only this engine knows: the text of a response is its place in its chain. */
final class ResponseRoutes {
    private static final String PREFIX = "/v1/responses/";
    private static final String CANCEL = "/cancel";

    private final EngineState engine;

    ResponseRoutes(EngineState engine) {
        this.engine = engine;
    }

    void addTo(Routes routes) {
        routes.add("POST /v1/responses", this::create);
        routes.add("GET " + PREFIX, request -> Answer.json(200, response(named(request, ""), "completed")));
        routes.add("DELETE " + PREFIX, this::delete);
        routes.add("POST " + PREFIX, request -> Answer.json(200, response(named(request, CANCEL), "cancelled")));
    }

    private Answer create(RecordedRequest request) {
        JsonBody body = JsonBody.of(request);
        String model = body.text("model").orElse(engine.models().get(0));
        engine.requireModel(model);
        int turn = body.text("previous_response_id")
                .map(id -> find(id, "previous_response_id").turn() + 1)
                .orElse(1);
        Stored stored = engine.responses().add(model, turn);
        return body.isTrue("stream")
                ? stream(stored)
                : Answer.json(200, response(stored, "completed"))
                        .after(engine.options().timeToFirstToken());
    }

    private Answer delete(RecordedRequest request) {
        Stored stored = named(request, "");
        engine.responses().remove(stored.id());
        return Answer.json(200, Json.object("id", stored.id(), "object", "response", "deleted", true));
    }

    private Stored named(RecordedRequest request, String suffix) {
        String path = request.path();
        if (!path.endsWith(suffix)) {
            throw new EngineErrorException(404, "Not Found", null);
        }
        return find(path.substring(PREFIX.length(), path.length() - suffix.length()), "response_id");
    }

    private Stored find(String id, String param) {
        return engine.responses()
                .find(id)
                .orElseThrow(() -> new EngineErrorException(404, "Response with id '" + id + "' not found.", param));
    }

    private Answer stream(Stored stored) {
        return Answer.events(List.of(
                        event("response.created", Json.object("response", response(stored, "in_progress"))),
                        event("response.output_text.delta", Json.object("delta", text(stored))),
                        event("response.completed", Json.object("response", response(stored, "completed")))))
                .after(engine.options().timeToFirstToken());
    }

    private static Piece event(String type, Map<String, @Nullable Object> members) {
        Map<String, @Nullable Object> data = Json.object("type", type);
        data.putAll(members);
        String event = "event: " + type + "\ndata: " + Json.text(data) + "\n\n";
        return new Piece(Duration.ZERO, ByteString.encodeUtf8(event));
    }

    private static Map<String, @Nullable Object> response(Stored stored, String status) {
        Map<String, @Nullable Object> part =
                Json.object("type", "output_text", "text", text(stored), "annotations", List.of());
        Map<String, @Nullable Object> message =
                Json.object("type", "message", "role", "assistant", "status", status, "content", List.of(part));
        return Json.object(
                "id",
                stored.id(),
                "created_at",
                1,
                "object",
                "response",
                "status",
                status,
                "model",
                stored.model(),
                "output",
                List.of(message));
    }

    private static String text(Stored stored) {
        return "turn " + stored.turn();
    }
}
