package io.dlrouter.simulator;

/** Responses chat or text completions, whole or streamed, after the checks that the engines make. */
final class CompletionRoute {
    private final EngineState engine;
    private final CompletionFormat format;
    private final Stage stage;

    CompletionRoute(EngineState engine, CompletionFormat format, Stage stage) {
        this.engine = engine;
        this.format = format;
        this.stage = stage;
    }

    Answer answer(RecordedRequest request) {
        CompletionRequest asked = CompletionRequest.of(request);
        stage.check(asked);
        check(asked);
        try {
            return answer(asked, stage.admit(asked));
        } catch (TransferFailedException failure) {
            Answer error = engine.dialect().error(500, failure.text(), null);
            return asked.streamed() ? error.asEvent() : error;
        }
    }

    private Answer answer(CompletionRequest asked, Admission admission) {
        Completion completion = Completion.of(asked, format, engine, admission);
        Answer answer = asked.streamed() ? completion.streamed() : completion.whole();
        return admission.bound().apply(answer);
    }

    private void check(CompletionRequest asked) {
        if (!asked.body().has(format.promptMember())) {
            throw EngineErrorException.badRequest(format.promptMember() + ": missing (expected: a value)");
        }
        engine.dialect().checkHeaders(asked.request(), engine.options());
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
