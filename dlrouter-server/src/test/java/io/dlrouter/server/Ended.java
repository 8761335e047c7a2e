package io.dlrouter.server;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Requests that have ended, for those who listen. */
final class Ended {
    static final NodeSpec FIRST = NodeSpec.of("vllm", "http://a:1");
    static final NodeSpec SECOND = NodeSpec.of("vllm", "http://b:2@3");

    private Ended() {}

    /** One that found an answer on its second node. */
    static RoutedRequest well() {
        return well("id-1", "/v1/chat/completions", "demo");
    }

    static RoutedRequest well(String requestId, String route, String model) {
        return new RoutedRequest(
                requestId,
                Optional.of("10.0.0.7"),
                route,
                Optional.of(model),
                List.of(attempt(model, FIRST, 1), attempt(model, SECOND, 2)),
                Optional.of(SECOND),
                OptionalInt.of(200),
                Outcome.COMPLETED,
                Optional.empty(),
                Duration.ofMillis(3),
                Optional.of(Duration.ofMillis(41)),
                Duration.ofMillis(1830),
                Optional.empty(),
                5123);
    }

    /** One whose sender left before anything was known. */
    static RoutedRequest unanswered() {
        return new RoutedRequest(
                "",
                Optional.empty(),
                "/generate",
                Optional.empty(),
                List.of(),
                Optional.empty(),
                OptionalInt.empty(),
                Outcome.CANCELLED,
                Optional.of("request_cancelled"),
                Duration.ZERO,
                Optional.empty(),
                Duration.ofMillis(7),
                Optional.empty(),
                0);
    }

    static Attempt attempt(String model, NodeSpec node, int number) {
        return new Attempt("id-1", model, "round_robin", node, number, Optional.empty());
    }

    static NodeSpec node(String url, Role role) {
        return NodeSpec.of("vllm", url).withRole(role);
    }
}
