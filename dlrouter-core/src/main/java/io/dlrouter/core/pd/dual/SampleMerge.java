package io.dlrouter.core.pd.dual;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.MalformedJsonException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Merges the responses to the samples of a request. The choice of a sample for prompt {@code p} of a batch has the
 * index that engines use: {@code p * samples + sample}.
 */
record SampleMerge(int samples) {
    private static final String CHOICES = "choices";
    private static final String USAGE = "usage";
    private static final List<String> GENERATED = List.of("completion_tokens", "reasoning_tokens");

    /** A choice with its new index. */
    private record Choice(int index, String json) {}

    /**
     * Merges plain responses: the first one, with the choices of all.
     *
     * @throws BadNodeResponseException if one is invalid
     */
    byte[] whole(List<byte[]> bodies) {
        try {
            List<JsonObject> responses = bodies.stream().map(JsonObject::read).toList();
            BodyEdit edit = responses.get(0).member(CHOICES).isPresent()
                    ? BodyEdit.NONE.setting(CHOICES, choicesOf(responses))
                    : BodyEdit.NONE;
            Optional<String> usage = usageOf(responses);
            return responses
                    .get(0)
                    .edited(usage.map(sum -> edit.setting(USAGE, sum)).orElse(edit));
        } catch (MalformedJsonException e) {
            throw new BadNodeResponseException(
                    "A node sent a response that is not a JSON object: " + e.getMessage(), e);
        }
    }

    private String choicesOf(List<JsonObject> responses) {
        return IntStream.range(0, responses.size())
                .boxed()
                .flatMap(sample -> choices(responses.get(sample), sample).stream())
                .sorted((one, other) -> Integer.compare(one.index, other.index))
                .map(Choice::json)
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** An event of a sample with new indexes of its choices, under the id of the merged response. */
    byte[] event(JsonObject event, int sample, Optional<String> id) {
        String choices = choices(event, sample).stream().map(Choice::json).collect(Collectors.joining(",", "[", "]"));
        return event.edited(under(id).setting(CHOICES, choices));
    }

    /** Merges the events with the usage of all samples. */
    byte[] last(List<JsonObject> events, Optional<String> id) {
        BodyEdit edit = under(id);
        return events.get(0)
                .edited(usageOf(events).map(usage -> edit.setting(USAGE, usage)).orElse(edit));
    }

    private static BodyEdit under(Optional<String> id) {
        return id.map(text -> BodyEdit.NONE.setting("id", text)).orElse(BodyEdit.NONE);
    }

    private List<Choice> choices(JsonObject response, int sample) {
        return response.objects(CHOICES).map(choice -> numbered(choice, sample)).toList();
    }

    private Choice numbered(JsonObject choice, int sample) {
        int index = (int) choice.number("index").orElse(0L).longValue() * samples + sample;
        return new Choice(
                index, new String(choice.edited(BodyEdit.NONE.setting("index", Integer.toString(index))), UTF_8));
    }

    /** Each prompt counts once, and the generated tokens of all samples. */
    private static Optional<String> usageOf(List<JsonObject> responses) {
        List<JsonObject> usages = responses.stream()
                .flatMap(response -> response.object(USAGE).stream())
                .toList();
        if (usages.isEmpty()) {
            return Optional.empty();
        }
        JsonObject first = usages.get(0);
        BodyEdit edit = BodyEdit.NONE.removing("completion_tokens_details");
        for (String name : GENERATED) {
            if (first.number(name).isPresent()) {
                edit = edit.setting(name, Long.toString(sum(usages, name)));
            }
        }
        long total = first.number("prompt_tokens").orElse(0L) + sum(usages, "completion_tokens");
        return Optional.of(new String(first.edited(edit.setting("total_tokens", Long.toString(total))), UTF_8));
    }

    private static long sum(List<JsonObject> usages, String name) {
        return usages.stream().mapToLong(usage -> usage.number(name).orElse(0L)).sum();
    }
}
