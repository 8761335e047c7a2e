package io.dlrouter.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.Outcome;
import io.dlrouter.testkit.RoutedRequests;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class RouterMetricsTest {
    private static final NodeSpec PREFILL = RoutedRequests.node("http://p:1", Role.PREFILL);
    private static final NodeSpec DECODE = RoutedRequests.node("http://d:1", Role.DECODE);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RouterMetrics metrics = new RouterMetrics(registry);

    @Test
    void completed_responded_isCountedAndTimed() {
        come(RoutedRequests.SECOND);

        metrics.completed(RoutedRequests.completed());

        assertShows(
                "dlrouter_requests_total{backend=\"vllm\",model=\"demo\",node=\"http://b:2@3\",outcome=\"completed\","
                        + "role=\"hybrid\",status=\"200\"} 1.0",
                "dlrouter_request_duration_seconds_bucket{model=\"demo\",outcome=\"completed\",le=\"1.0\"} 0",
                "dlrouter_request_duration_seconds_bucket{model=\"demo\",outcome=\"completed\",le=\"2.5\"} 1",
                "dlrouter_request_duration_seconds_sum{model=\"demo\",outcome=\"completed\"} 1.83");
    }

    @Test
    void completed_nothingKnown_hasLabelsNone() {
        metrics.completed(RoutedRequests.withoutResponse());

        assertShows("dlrouter_requests_total{backend=\"none\",model=\"none\",node=\"none\",outcome=\"cancelled\","
                + "role=\"none\",status=\"none\"} 1.0");
    }

    @Test
    void attempt_fromLeaseToEnd_isCountedAndTimed() {
        come(DECODE);
        Attempt attempt = RoutedRequests.attempt("demo", DECODE, 1);

        metrics.attemptStarted(attempt, Duration.ZERO);
        metrics.firstByte(attempt, Duration.ofMillis(80));
        metrics.chunk(attempt, 12_000_000);
        metrics.chunk(attempt, 18_000_000);
        metrics.attemptEnded(attempt, Outcome.BROKEN_OFF, OptionalInt.of(200), Duration.ofSeconds(1));

        assertShows(
                "dlrouter_picks_total{node=\"http://d:1\",role=\"decode\",strategy=\"round_robin\"} 1.0",
                "dlrouter_attempts_total{backend=\"vllm\",model=\"demo\",node=\"http://d:1\",outcome=\"broken_off\","
                        + "role=\"decode\"} 1.0",
                "dlrouter_time_to_first_byte_seconds_bucket{backend=\"vllm\",model=\"demo\",role=\"decode\",le=\"0.05\"} 0",
                "dlrouter_time_to_first_byte_seconds_bucket{backend=\"vllm\",model=\"demo\",role=\"decode\",le=\"0.1\"} 1",
                "dlrouter_time_between_chunks_seconds_bucket{backend=\"vllm\",model=\"demo\",le=\"0.015\"} 1",
                "dlrouter_time_between_chunks_seconds_count{backend=\"vllm\",model=\"demo\"} 2");
        assertThat(scrape(List.of())).doesNotContain("dlrouter_retries", "dlrouter_queue");
    }

    @Test
    void attemptStarted_secondTryAfterAWait_isARetryAndTimed() {
        metrics.attemptStarted(RoutedRequests.attempt("demo", PREFILL, 2), Duration.ofMillis(30));
        metrics.retryDenied("demo", Role.PREFILL);

        assertShows(
                "dlrouter_retries_total{role=\"prefill\"} 1.0",
                "dlrouter_retries_denied_total{role=\"prefill\"} 1.0",
                "dlrouter_queue_duration_seconds_count{role=\"prefill\"} 1",
                "dlrouter_queue_duration_seconds_bucket{role=\"prefill\",le=\"0.025\"} 0",
                "dlrouter_queue_duration_seconds_bucket{role=\"prefill\",le=\"0.05\"} 1");
    }

    @Test
    void handover_doneOrNot_isCountedAndTimed() {
        Attempt decode = RoutedRequests.attempt("demo", DECODE, 1);

        metrics.handoverCompleted(decode, Duration.ofMillis(600), Duration.ofMillis(4));
        metrics.decodedAlone(decode);
        metrics.cacheSettled(PREFILL, CacheOutcome.ADOPTED);
        metrics.cacheSettled(PREFILL, CacheOutcome.ABANDONED);

        assertShows(
                "dlrouter_prefill_duration_seconds_bucket{backend=\"vllm\",model=\"demo\",le=\"0.5\"} 0",
                "dlrouter_prefill_duration_seconds_bucket{backend=\"vllm\",model=\"demo\",le=\"0.75\"} 1",
                "dlrouter_handover_gap_seconds_bucket{backend=\"vllm\",model=\"demo\",le=\"0.005\"} 1",
                "dlrouter_fallbacks_total{backend=\"vllm\",model=\"demo\"} 1.0",
                "dlrouter_cache_leases_total{outcome=\"adopted\"} 1.0",
                "dlrouter_cache_leases_total{outcome=\"abandoned\"} 1.0");
    }

    @Test
    void nodeChanged_toEjected_isCountedOnceEachTime() {
        metrics.nodeChanged(status(DECODE, NodeState.READY), Optional.empty());
        assertThat(scrape(List.of())).doesNotContain("dlrouter_node_ejections");

        metrics.nodeChanged(status(DECODE, NodeState.EJECTED), Optional.of(NodeState.READY));
        metrics.nodeChanged(status(DECODE, NodeState.EJECTED), Optional.of(NodeState.EJECTED));
        metrics.nodeChanged(status(DECODE, NodeState.READY), Optional.of(NodeState.EJECTED));
        metrics.nodeChanged(status(DECODE, NodeState.EJECTED), Optional.of(NodeState.STARTING));

        assertShows("dlrouter_node_ejections_total{node=\"http://d:1\"} 2.0");
    }

    @Test
    void countsDiffer_lastReport_isShown() {
        assertShows("dlrouter_in_flight_mismatch 0.0");

        metrics.countsDiffer(3, 5);
        assertShows("dlrouter_in_flight_mismatch -2.0");

        metrics.countsDiffer(5, 5);
        assertShows("dlrouter_in_flight_mismatch 0.0");
    }

    @Test
    void scrape_table_showsEachNodeAsItStands() {
        assertThat(scrape(List.of(status(DECODE, NodeState.STARTING), status(PREFILL, NodeState.DRAINING)))
                        .lines()
                        .filter(line -> line.startsWith("dlrouter_node_")))
                .containsExactlyInAnyOrder(
                        "dlrouter_node_in_flight{node=\"http://d:1\",role=\"decode\"} 7.0",
                        "dlrouter_node_in_flight{node=\"http://p:1\",role=\"prefill\"} 7.0",
                        "dlrouter_node_state{node=\"http://d:1\",role=\"decode\",state=\"draining\"} 0.0",
                        "dlrouter_node_state{node=\"http://d:1\",role=\"decode\",state=\"ejected\"} 0.0",
                        "dlrouter_node_state{node=\"http://d:1\",role=\"decode\",state=\"ready\"} 0.0",
                        "dlrouter_node_state{node=\"http://d:1\",role=\"decode\",state=\"starting\"} 1.0",
                        "dlrouter_node_state{node=\"http://p:1\",role=\"prefill\",state=\"draining\"} 1.0",
                        "dlrouter_node_state{node=\"http://p:1\",role=\"prefill\",state=\"ejected\"} 0.0",
                        "dlrouter_node_state{node=\"http://p:1\",role=\"prefill\",state=\"ready\"} 0.0",
                        "dlrouter_node_state{node=\"http://p:1\",role=\"prefill\",state=\"starting\"} 0.0");

        assertThat(scrape(List.of(status(DECODE, NodeState.READY))))
                .contains("state=\"ready\"} 1.0")
                .contains("state=\"starting\"} 0.0")
                .doesNotContain("http://p:1");
    }

    @Test
    void nodeLeft_measured_removesItsMeters() {
        come(DECODE);
        come(PREFILL);
        Stream.of(DECODE, PREFILL).forEach(this::measure);
        assertThat(scrape(List.of())).contains("http://d:1", "http://p:1");

        metrics.nodeLeft(DECODE);

        assertThat(scrape(List.of())).doesNotContain("http://d:1").contains("http://p:1");
    }

    @Test
    void nodeLeft_requestStillEnds_isLabelledOther() {
        come(DECODE);
        metrics.nodeLeft(DECODE);

        measure(DECODE);

        assertThat(scrape(List.of()))
                .doesNotContain("http://d:1")
                .contains("dlrouter_picks_total{node=\"other\",role=\"decode\",strategy=\"round_robin\"} 1.0");
    }

    @Test
    void nodes_comeAndGo_leaveNoSeriesBehind() {
        long before = measuredAndRemoved("http://n:1");
        long after = 0;
        for (int port = 2; port < 300; port++) {
            after = measuredAndRemoved("http://n:" + port);
        }

        assertThat(after).isEqualTo(before);
    }

    @Test
    void nodes_moreThanTheBound_areOthers() {
        for (int port = 1; port <= 2001; port++) {
            NodeSpec node = RoutedRequests.node("http://n:" + port, Role.HYBRID);
            come(node);
            metrics.attemptStarted(RoutedRequests.attempt("demo", node, 1), Duration.ZERO);
        }

        assertThat(series("dlrouter_picks_total")).isEqualTo(2001);
        assertShows("dlrouter_picks_total{node=\"other\",role=\"hybrid\",strategy=\"round_robin\"} 1.0");
    }

    @Test
    void models_moreThanTheBound_areOthers() {
        for (int i = 0; i < 300; i++) {
            metrics.chunk(RoutedRequests.attempt("model-" + i, DECODE, 1), 1);
        }

        assertThat(series("dlrouter_time_between_chunks_seconds_count")).isEqualTo(201);
        assertShows("dlrouter_time_between_chunks_seconds_count{backend=\"vllm\",model=\"other\"} 100");
    }

    private long measuredAndRemoved(String url) {
        NodeSpec node = RoutedRequests.node(url, Role.HYBRID);
        come(node);
        measure(node);
        metrics.nodeChanged(status(node, NodeState.EJECTED), Optional.of(NodeState.READY));
        metrics.nodeLeft(node);
        return scrape(List.of()).lines().count();
    }

    private void measure(NodeSpec node) {
        Attempt attempt = RoutedRequests.attempt("demo", node, 1);
        metrics.attemptStarted(attempt, Duration.ZERO);
        metrics.attemptEnded(attempt, Outcome.COMPLETED, OptionalInt.of(200), Duration.ofMillis(1));
    }

    private void come(NodeSpec node) {
        metrics.nodeChanged(status(node, NodeState.READY), Optional.empty());
    }

    private static NodeStatus status(NodeSpec node, NodeState state) {
        return NodeStatus.builder().spec(node).state(state).inFlight(7).build();
    }

    private String scrape(List<NodeStatus> table) {
        metrics.refresh(table);
        return registry.scrape();
    }

    private long series(String name) {
        return scrape(List.of())
                .lines()
                .filter(line -> line.startsWith(name + "{"))
                .count();
    }

    private void assertShows(String... lines) {
        assertThat(scrape(List.of()).lines()).contains(lines);
    }
}
