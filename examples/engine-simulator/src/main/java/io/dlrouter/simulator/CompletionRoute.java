package io.dlrouter.simulator;

/** Answers chat or text completions, whole or streamed, after the checks that the engines make. */
final class CompletionRoute {
    private final EngineState engine;
    private final CompletionFormat format;

    CompletionRoute(EngineState engine, CompletionFormat format) {
        this.engine = engine;
        this.format = format;
    }

    Answer answer(RecordedRequest request) {
        CompletionRequest asked = new CompletionRequest(JsonBody.of(request));
        check(asked);
        Completion completion = Completion.of(asked, format, engine);
        return asked.streamed() ? completion.streamed() : completion.whole();
    }

    private void check(CompletionRequest asked) {
        if (!asked.body().has(format.promptMember())) {
            throw EngineErrorException.badRequest(format.promptMember() + ": missing (expected: a value)");
        }
        engine.requireModel(asked.model());
        requirePositive("max_tokens", asked.limit().orElse(1));
        requirePositive("n", asked.choices());
        if (asked.body().has("stream_options")
                && !asked.streamed()
                && engine.dialect().refusesIdleStreamOptions()) {
            throw EngineErrorException.badRequest("stream_options: given (expected: only with stream)");
        }
    }

    private static void requirePositive(String member, int value) {
        if (value < 1) {
            throw new EngineErrorException(400, member + ": " + value + " (expected: 1 or more)", member);
        }
    }
}
