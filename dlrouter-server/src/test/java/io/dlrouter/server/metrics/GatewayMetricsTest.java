package io.dlrouter.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class GatewayMetricsTest {
    private final GatewayMetrics metrics = new GatewayMetrics();

    @Test
    void rejected_codes_areCountedApart() {
        metrics.rejected("too_many_requests");
        metrics.rejected("too_many_requests");
        metrics.rejected("invalid_api_key");

        assertThat(metrics.scrape(List.of()).lines())
                .contains(
                        "dlrouter_refusals_total{code=\"too_many_requests\"} 2.0",
                        "dlrouter_refusals_total{code=\"invalid_api_key\"} 1.0");
    }
}
