package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One response of {@code /generate} in the making, a list of several when prompts or samples are; each event of a stream
 * has the text so far.
 *
 * @param alternatives how many the log probabilities of each token come with, -1 when none are wanted
 */
record Generation(CompletionRequest asked, int samples, int alternatives, Output output, EngineOptions pace) {

    static Generation of(CompletionRequest asked, EngineOptions pace) {
        int alternatives = asked.body().integer("top_logprobs_num").orElse(0);
        return new Generation(
                asked,
                asked.samples(),
                asked.body().isTrue("return_logprob") ? alternatives : -1,
                Output.text(limit(asked.body()), pace.tokens()),
                pace);
    }

    Generation atMost(int tokens) {
        return new Generation(asked, samples, alternatives, output.atMost(tokens), pace);
    }

    Answer answer() {
        return asked.streamed()
                ? Answer.events(() -> events().iterator())
                : Answer.json(200, whole()).after(pace.generation(output.size()));
    }

    /** SGLang has it among the sampling parameters, LMDeploy at the top. */
    private static Optional<Integer> limit(JsonBody asked) {
        return asked.child("sampling_params").integer("max_new_tokens").or(() -> asked.integer("max_tokens"));
    }

    private Object whole() {
        List<Map<String, @Nullable Object>> all = IntStream.range(0, count())
                .mapToObj(index -> said(index, output.size()))
                .toList();
        return isList() ? all : all.get(0);
    }

    private Stream<Piece> events() {
        Stream<Piece> tokens = IntStream.rangeClosed(1, output.size())
                .boxed()
                .flatMap(step -> IntStream.range(0, count())
                        .mapToObj(index -> Piece.event(pause(step, index), Json.text(said(index, step)))));
        return Stream.concat(tokens, Stream.of(Piece.event(Duration.ZERO, "[DONE]")));
    }

    private Duration pause(int step, int index) {
        if (index > 0) {
            return Duration.ZERO;
        }
        return step == 1 ? pace.timeToFirstToken() : pace.timePerToken();
    }

    private int count() {
        return samples * asked.batch().orElse(1);
    }

    private boolean isList() {
        return asked.batch().isPresent() || samples > 1;
    }

    private Map<String, @Nullable Object> said(int index, int tokens) {
        Map<String, @Nullable Object> said = Json.object(
                "text", IntStream.range(0, tokens).mapToObj(output.token()).collect(Collectors.joining()),
                "output_ids", IntStream.range(0, tokens).boxed().toList(),
                "meta_info", about(asked.promptTokens(index / samples), tokens));
        if (isList()) {
            said.put("index", index);
        }
        return said;
    }

    private Map<String, @Nullable Object> about(int prompt, int tokens) {
        Map<String, @Nullable Object> about = Json.object(
                "prompt_tokens", prompt,
                "completion_tokens", tokens,
                "finish_reason", tokens < output.size() ? null : Json.object("type", output.finishReason()));
        if (alternatives >= 0) {
            about.putAll(logprobs(prompt, tokens));
        }
        return about;
    }

    /** A decode engine does not know those of the prompt, which it has not computed. */
    private Map<String, @Nullable Object> logprobs(int prompt, int tokens) {
        int known = pace.pd().role() == EngineRole.DECODE ? 0 : prompt;
        Map<String, @Nullable Object> lists = Json.object(
                "input_token_logprobs", Logprobs.ofIds(known), "output_token_logprobs", Logprobs.ofIds(tokens));
        if (alternatives > 0) {
            lists.put("input_top_logprobs", Logprobs.topOfIds(known, alternatives));
            lists.put("output_top_logprobs", Logprobs.topOfIds(tokens, alternatives));
        }
        return lists;
    }
}
