package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One response in the making: what is said, in which shape and at which pace. */
record Completion(
        String id,
        long created,
        CompletionRequest asked,
        Admission admission,
        CompletionFormat format,
        Output output,
        EngineOptions pace,
        StreamStyle style) {

    private static final int OPENING = -1;

    static Completion of(CompletionRequest asked, CompletionFormat format, EngineState engine, Admission admission) {
        return new Completion(
                format.idPrefix() + UUID.randomUUID(),
                System.currentTimeMillis() / 1000,
                asked,
                admission,
                format,
                Output.of(asked, engine.options().tokens()).atMost(admission.tokens()),
                engine.options(),
                engine.dialect().streamStyle());
    }

    Answer whole() {
        List<Map<String, @Nullable Object>> choices = IntStream.range(0, asked.choices())
                .mapToObj(index -> format.choice(index, output, asked.alternatives()))
                .toList();
        Map<String, @Nullable Object> body = body(format.object(), choices);
        body.put("usage", usage(output.size() * asked.choices()));
        body.putAll(admission.answer());
        return Answer.json(200, body).after(pace.generation(output.size()));
    }

    Answer streamed() {
        Duration first = pace.timeToFirstToken();
        return style.headWaitsForToken()
                ? Answer.events(() -> events(Duration.ZERO).iterator()).after(first)
                : Answer.events(() -> events(first).iterator());
    }

    /** All events in order: the opening, each token of each choice, the endings, the usage if asked for. */
    private Stream<Piece> events(Duration firstWait) {
        Stream<Piece> ofChoices = IntStream.rangeClosed(OPENING, output.size())
                .boxed()
                .flatMap(step -> IntStream.range(0, asked.choices())
                        .boxed()
                        .flatMap(index -> event(step, index, firstWait).stream()));
        return Stream.concat(ofChoices, lastEvents());
    }

    private Optional<Piece> event(int step, int index, Duration firstWait) {
        Optional<Map<String, @Nullable Object>> choice;
        if (step == OPENING) {
            choice = format.opening(index, style);
        } else if (step < output.size()) {
            choice = Optional.of(format.token(index, output, step, asked.alternatives(), style));
        } else {
            choice = Optional.of(format.ending(index, output, style));
        }
        return choice.map(
                part -> Piece.event(index == 0 ? wait(step, firstWait) : Duration.ZERO, Json.text(event(step, part))));
    }

    private Duration wait(int step, Duration firstWait) {
        int first = format.opening(0, style).isPresent() ? OPENING : 0;
        if (step == first) {
            return firstWait;
        }
        return step > 0 && step < output.size() ? pace.timePerToken() : Duration.ZERO;
    }

    private Stream<Piece> lastEvents() {
        Piece done = Piece.event(Duration.ZERO, "[DONE]");
        if (!asked.includesUsage()) {
            return Stream.of(done);
        }
        Map<String, @Nullable Object> body = body(format.eventObject(), List.of());
        body.put("usage", usage(output.size() * asked.choices()));
        return Stream.of(Piece.event(Duration.ZERO, Json.text(body)), done);
    }

    private Map<String, @Nullable Object> event(int step, Map<String, @Nullable Object> choice) {
        Map<String, @Nullable Object> body = body(format.eventObject(), List.of(choice));
        if (style.saysNullUsage() && asked.includesUsage()) {
            body.put("usage", null);
        } else if (asked.includesUsageInEach()) {
            body.put("usage", usage(Math.min(step + 1, output.size())));
        }
        if (step == output.size()) {
            body.putAll(admission.ending());
        }
        return body;
    }

    private Map<String, @Nullable Object> body(String object, List<Map<String, @Nullable Object>> choices) {
        return Json.object(
                "id", id,
                "object", object,
                "created", created,
                "model", asked.model(),
                "choices", choices);
    }

    private Map<String, @Nullable Object> usage(int completion) {
        int prompt = asked.promptTokens();
        Map<String, @Nullable Object> usage = Json.object(
                "prompt_tokens", prompt,
                "completion_tokens", completion,
                "total_tokens", prompt + completion);
        usage.putAll(admission.usage());
        return usage;
    }
}
