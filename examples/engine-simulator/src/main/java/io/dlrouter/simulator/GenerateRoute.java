package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /generate} of SGLang and LMDeploy, which names no model; each event of a stream has the text so far. */
final class GenerateRoute {
    private static final List<String> PROMPTS = List.of("prompt", "text", "input_ids");

    private final EngineOptions pace;

    GenerateRoute(EngineState engine) {
        this.pace = engine.options();
    }

    Answer answer(RecordedRequest request) {
        JsonBody asked = JsonBody.of(request);
        if (PROMPTS.stream().noneMatch(asked::has)) {
            throw EngineErrorException.badRequest(String.join(", ", PROMPTS) + ": missing (expected: one of them)");
        }
        Output output = Output.text(limit(asked), pace.tokens());
        return asked.isTrue("stream")
                ? Answer.events(() -> events(output).iterator())
                : Answer.json(200, said(output, output.size())).after(pace.generation(output.size()));
    }

    /** SGLang has it among the sampling parameters, LMDeploy at the top. */
    private static Optional<Integer> limit(JsonBody asked) {
        return asked.child("sampling_params").integer("max_new_tokens").or(() -> asked.integer("max_tokens"));
    }

    private Stream<Piece> events(Output output) {
        Stream<Piece> tokens = IntStream.rangeClosed(1, output.size())
                .mapToObj(count -> Piece.event(
                        count == 1 ? pace.timeToFirstToken() : pace.timePerToken(), Json.text(said(output, count))));
        return Stream.concat(tokens, Stream.of(Piece.event(Duration.ZERO, "[DONE]")));
    }

    private static Map<String, @Nullable Object> said(Output output, int count) {
        String text = IntStream.range(0, count).mapToObj(output.token()).collect(Collectors.joining());
        Object finishReason = count < output.size() ? null : Json.object("type", output.finishReason());
        return Json.object(
                "text", text,
                "output_ids", IntStream.range(0, count).boxed().toList(),
                "meta_info",
                        Json.object("prompt_tokens", 1, "completion_tokens", count, "finish_reason", finishReason));
    }
}
