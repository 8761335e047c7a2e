package io.dlrouter.testkit;

import io.dlrouter.Decision;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Samples of completed requests and of attempts, for tests of listeners. */
public final class RoutedRequests {
    /** The node of the first attempt. */
    public static final NodeSpec FIRST = NodeSpec.of("vllm", "http://a:1");
    /** The node of the second attempt, a data-parallel rank. */
    public static final NodeSpec SECOND = NodeSpec.of("vllm", "http://b:2@3");

    private RoutedRequests() {}

    /** A request that its second node served. */
    public static RoutedRequest completed() {
        return completed("id-1", "/v1/chat/completions", "demo");
    }

    /** The same with another id, path and model. */
    public static RoutedRequest completed(String requestId, String route, String model) {
        return RoutedRequest.builder()
                .requestId(requestId)
                .client(Optional.of("10.0.0.7"))
                .route(route)
                .model(Optional.of(model))
                .attempts(List.of(attempt(model, FIRST, 1), attempt(model, SECOND, 2)))
                .servedBy(Optional.of(SECOND))
                .status(OptionalInt.of(200))
                .outcome(Outcome.COMPLETED)
                .waited(Duration.ofMillis(3))
                .firstByte(Optional.of(Duration.ofMillis(41)))
                .whole(Duration.ofMillis(1830))
                .bytes(5123)
                .build();
    }

    /** A request that was cancelled before a node was selected. */
    public static RoutedRequest withoutResponse() {
        return RoutedRequest.builder()
                .route("/generate")
                .outcome(Outcome.CANCELLED)
                .error(Optional.of("request_cancelled"))
                .whole(Duration.ofMillis(7))
                .build();
    }

    /** A request that asked for an explanation. */
    public static RoutedRequest explained() {
        Decision decision = new Decision(
                "prefix_cache",
                Role.HYBRID,
                SECOND.address(),
                List.of(
                        new Decision.Candidate(FIRST.address(), 4, Map.of("estimate", 900.0, "matched_tokens", 0.0)),
                        new Decision.Candidate(SECOND.address(), 5, Map.of("estimate", 0.12345))));
        return RoutedRequest.builder()
                .requestId("id-1")
                .route("/v1/completions")
                .model(Optional.of("demo"))
                .attempts(List.of(Attempt.builder()
                        .requestId("id-1")
                        .model("demo")
                        .strategy("prefix_cache")
                        .node(SECOND)
                        .number(1)
                        .decision(Optional.of(decision))
                        .build()))
                .servedBy(Optional.of(SECOND))
                .status(OptionalInt.of(200))
                .outcome(Outcome.COMPLETED)
                .firstByte(Optional.of(Duration.ofMillis(41)))
                .whole(Duration.ofMillis(1830))
                .prompt(Optional.of(Prompt.of(Prompt.Unit.BYTES, 1100, 512, 1, -1)))
                .usage(Optional.of(new Usage(260, OptionalLong.of(128), OptionalLong.empty())))
                .bytes(5123)
                .build();
    }

    /** An attempt of the strategy {@code round_robin}. */
    public static Attempt attempt(String model, NodeSpec node, int number) {
        return Attempt.builder()
                .requestId("id-1")
                .model(model)
                .strategy("round_robin")
                .node(node)
                .number(number)
                .build();
    }

    /** A vLLM node. */
    public static NodeSpec node(String url, Role role) {
        return NodeSpec.of("vllm", url).withRole(role);
    }
}
