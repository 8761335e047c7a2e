package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

final class MetricsRouteTest {

    @Test
    void metrics_requested_areInTheTextFormatOfPrometheus() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            gateway.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"],\"role\":\"decode\"}}");

            HttpResponse<String> response = gateway.get("/metrics");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(response.body().lines())
                    .contains("# TYPE dlrouter_requests_open gauge")
                    .contains("dlrouter_requests_open 0.0")
                    .contains("dlrouter_requests_waiting 0.0")
                    .contains("dlrouter_access_log_lines_dropped_total 0.0")
                    .contains("dlrouter_node_in_flight{node=\"http://n:1\",role=\"decode\"} 0.0")
                    .contains("dlrouter_node_state{node=\"http://n:1\",role=\"decode\",state=\"ready\"} 1.0");
        }
    }

    @Test
    void metrics_nodeRemoved_forgetIt() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            gateway.post("/nodes/add", "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"]}}");
            assertThat(gateway.get("/metrics").body()).contains("http://n:1");

            gateway.post("/nodes/remove", "{\"url\":\"http://n:1\"}");

            assertThat(gateway.get("/metrics").body()).doesNotContain("http://n:1");
        }
    }

    @Test
    void metrics_head_hasTheHeadersAlone() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            HttpResponse<String> response = gateway.send("HEAD", "/metrics", "");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void metrics_keysSet_needAnAdminKey() throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one", "--admin_api_keys", "admin")) {
            assertThat(gateway.send("HEAD", "/metrics", "").statusCode()).isEqualTo(401);
            assertThat(gateway.get("/metrics", "Authorization", "Bearer one").statusCode())
                    .isEqualTo(401);
            assertThat(gateway.get("/metrics", "Authorization", "Bearer admin").statusCode())
                    .isEqualTo(200);
        }
    }
}
