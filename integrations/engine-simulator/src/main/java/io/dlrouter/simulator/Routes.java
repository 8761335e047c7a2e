package io.dlrouter.simulator;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Which response belongs to which request. */
final class Routes {
    private final Map<String, Function<RecordedRequest, Answer>> routes = new HashMap<>();
    private final EngineState engine;
    private final Dialect dialect;

    private Routes(EngineState engine) {
        this.engine = engine;
        this.dialect = engine.dialect();
    }

    /** All that the engine responds. */
    static Routes of(EngineState engine) {
        Routes routes = new Routes(engine);
        Stage stage = engine.dialect().stage(engine);
        new ControlRoutes(engine).addTo(routes);
        new PoolingRoutes(engine).addTo(routes);
        new ResponseRoutes(engine).addTo(routes);
        routes.add(
                "POST /v1/audio/transcriptions", request -> Answer.json(200, Json.object("text", "a short recording")));
        routes.add("POST /v1/chat/completions", new CompletionRoute(engine, new ChatFormat(), stage)::answer);
        routes.add("POST /v1/completions", new CompletionRoute(engine, new TextFormat(), stage)::answer);
        engine.dialect().addRoutes(routes, engine, stage);
        new SimulatorRoutes(engine).addTo(routes);
        return routes;
    }

    /** Adds a route such as {@code GET /health}, or replaces the one of that name. */
    void add(String route, Function<RecordedRequest, Answer> handler) {
        routes.put(route, handler);
    }

    Answer answer(RecordedRequest request) {
        try {
            return request.controlsSimulator() ? handle(request) : answerAsEngine(request);
        } catch (EngineErrorException refused) {
            return dialect.error(refused.status(), refused.text(), refused.param());
        } catch (RuntimeException failure) {
            engine.log().violated(request + ": " + failure);
            return dialect.error(500, failure.toString(), null);
        }
    }

    private Answer answerAsEngine(RecordedRequest request) {
        if (dialect.guards(request.path()) && !hasKey(request)) {
            return dialect.unauthorized();
        }
        if (request.method().equals("POST")) {
            checkContentType(request);
        }
        if (request.isInference()) {
            checkAwake();
        }
        return handle(request);
    }

    private Answer handle(RecordedRequest request) {
        return Optional.ofNullable(routes.get(route(request)))
                .orElseThrow(() -> new EngineErrorException(404, "Not Found", null))
                .apply(request);
    }

    /** The route of a stored response, whatever its id, is that of its folder. */
    private static String route(RecordedRequest request) {
        return request.path().startsWith("/v1/responses/") ? request.method() + " /v1/responses/" : request.route();
    }

    private boolean hasKey(RecordedRequest request) {
        Optional<String> key = engine.options().apiKey();
        return key.isEmpty() || request.header("authorization").equals(key.map(value -> "Bearer " + value));
    }

    private void checkContentType(RecordedRequest request) {
        String type = request.header("content-type").orElse("none");
        String mediaType = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        int status = dialect.statusOfOtherContentTypes();
        if (status != 0 && !mediaType.equals("application/json")) {
            String message = "header content-type: " + type + " (expected: application/json)";
            throw engine.violation(status, message);
        }
    }

    private void checkAwake() {
        if (engine.health() == Health.SLEEPING) {
            throw new EngineErrorException(503, "The engine is sleeping.", null);
        }
    }
}
