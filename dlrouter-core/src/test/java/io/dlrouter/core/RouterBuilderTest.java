package io.dlrouter.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.core.fleet.Nodes;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterBuilderTest {

    @Test
    void build_noBackend_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RouterBuilder().build())
                .withMessage("backend: none (expected: at least one of other, plain)");
    }

    @Test
    void build_unknownBackend_listsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().backend("tgi").build())
                .withMessage("backend: tgi (expected: other, plain)");
    }

    @Test
    void build_unknownStrategy_listsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().strategy("fastest").build())
                .withMessageStartingWith("routing_strategy: fastest (expected: consistent_hash, ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().strategy(Role.DECODE, "fastest").build())
                .withMessageStartingWith("routing_strategy: fastest (expected: consistent_hash, ");
    }

    @Test
    void build_optionThatAProviderRefuses_isRefusedAsTheProviderSays() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().option("plain_refuses", "yes").build())
                .withMessage("plain_refuses: set (expected: nothing)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:8000", "ftp://a", "http://", "http://u@a:1", "http://a:1?b=c", "http://a:99999"})
    void build_badUrl_isNamedWithWhatWasExpected(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().node(url).build())
                .withMessageStartingWith("url: " + url + " (expected: http://host:port");
    }

    @Test
    void build_nodeOfABackendThatWasNotNamed_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> plain().node(NodeSpec.of("vllm", "http://a:1")).build())
                .withMessageStartingWith("backend: vllm (expected: one of plain");
    }

    static Stream<Arguments> limits() {
        return Stream.of(
                limit("connect_timeout", RouterBuilder::connectTimeout),
                limit("request_timeout", RouterBuilder::requestTimeout),
                limit("first_byte_timeout", RouterBuilder::firstByteTimeout),
                limit("stream_idle_timeout", RouterBuilder::streamIdleTimeout),
                limit("queue_timeout", (router, time) -> router.queue(1, time)),
                limit("health_check_interval", RouterBuilder::healthCheckInterval),
                limit("health_check_timeout", RouterBuilder::healthCheckTimeout));
    }

    private static Arguments limit(String name, BiFunction<RouterBuilder, Duration, RouterBuilder> setter) {
        return Arguments.of(name, setter);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("limits")
    void limit_lessThanAMillisecondOrMoreThan24Days_isRefusedByName(
            String name, BiFunction<RouterBuilder, Duration, RouterBuilder> setter) {
        for (Duration bad : List.of(
                Duration.ZERO,
                Duration.ofNanos(999_999),
                Duration.ofSeconds(-1),
                Duration.ofDays(24).plusNanos(1),
                ChronoUnit.FOREVER.getDuration())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> setter.apply(plain(), bad))
                    .withMessage(name + ": " + bad + " (expected: 1 ms to 24 days)");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("limits")
    void limit_smallestAndLargest_areTaken(String name, BiFunction<RouterBuilder, Duration, RouterBuilder> setter) {
        for (Duration good : List.of(Duration.ofMillis(1), Duration.ofDays(24))) {
            try (Router router =
                    setter.apply(plain().node(TestFleet.refusing()), good).build()) {
                assertThat(router.nodes().all()).hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void healthCheckMaxFailures_belowOne_isRefused(int failures) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plain().healthCheckMaxFailures(failures))
                .withMessage("health_check_max_failures: " + failures + " (expected: 1 or more)");
    }

    @Test
    void build_urlsAndSpecs_areNodesOfTheFirstBackendInOrder() {
        RouterBuilder builder = plain().node(Nodes.spec("b", "m")).node("http://a:8000/");

        try (Router router = builder.build()) {
            assertThat(router.nodes().all())
                    .extracting(node -> node.spec())
                    .containsExactly(NodeSpec.of(PlainBackend.NAME, "http://a:8000"), Nodes.spec("b", "m"));
        }
    }

    @Test
    void build_twice_makesTwoRouters() {
        RouterBuilder builder = plain().node(Nodes.spec("a", "m"));

        try (Router one = builder.build();
                Router other = builder.build()) {
            one.nodes().remove(Nodes.spec("a").address());

            assertThat(other.nodes().all()).hasSize(1);
        }
    }

    private static RouterBuilder plain() {
        return new RouterBuilder().backend(PlainBackend.NAME);
    }
}
