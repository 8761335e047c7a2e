package io.dlrouter.simulator;

/** {@code /generate} of SGLang and LMDeploy, which names no model. */
final class GenerateRoute {
    private final EngineState engine;
    private final Stage stage;

    GenerateRoute(EngineState engine, Stage stage) {
        this.engine = engine;
        this.stage = stage;
    }

    Answer answer(RecordedRequest request) {
        CompletionRequest asked = CompletionRequest.of(request);
        stage.check(asked);
        if (asked.prompt().isEmpty()) {
            throw EngineErrorException.badRequest("prompt, text, input_ids: missing (expected: one of them)");
        }
        Generation generation = Generation.of(asked, engine.options());
        Admission admission = stage.admit(asked);
        return admission.bound().apply(generation.atMost(admission.tokens()).answer());
    }
}
