package io.dlrouter.simulator;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What the model says: the same for the same request, token by token.
 *
 * @param tool the name of the tool whose arguments the tokens are, empty for a text
 */
record Output(int size, IntFunction<String> token, String finishReason, String tool) {
    private static final List<String> JSON_ANSWER = List.of("{\"answer\":", "\"42\"", "}");
    private static final List<String> ARGUMENTS = List.of("{\"city\":", " \"Paris\"", "}");

    static Output of(CompletionRequest request, int defaultTokens) {
        int limit = request.limit().orElse(Integer.MAX_VALUE);
        String tool = request.calledTool();
        if (!tool.isEmpty()) {
            return new Output(ARGUMENTS.size(), ARGUMENTS::get, "tool_calls", tool).atMost(limit);
        }
        if (request.wantsJson()) {
            return new Output(JSON_ANSWER.size(), JSON_ANSWER::get, "stop", "").atMost(limit);
        }
        return text(request.limit(), defaultTokens);
    }

    /** As many words as the limit allows, which is then why it ends, or as many as it has to say. */
    static Output text(Optional<Integer> limit, int defaultTokens) {
        return new Output(limit.orElse(defaultTokens), i -> " token" + i, limit.isPresent() ? "length" : "stop", "");
    }

    boolean callsTool() {
        return !tool.isEmpty();
    }

    /** Ended by the limit if that comes first. */
    Output atMost(int tokens) {
        return tokens < size ? new Output(tokens, token, "length", tool) : this;
    }

    /** The tokens joined. */
    String all() {
        return IntStream.range(0, size).mapToObj(token).collect(Collectors.joining());
    }
}
