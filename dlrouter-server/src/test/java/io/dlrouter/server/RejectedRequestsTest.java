package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.server.log.AccessLogLines;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import org.junit.jupiter.api.Test;

/** A request that the router never sees is counted and logged like the others. */
final class RejectedRequestsTest {
    private static final String ROUTE = "/v1/completions";
    private static final String BODY = "{\"model\":\"m\",\"prompt\":\"secret\",\"stream\":true}";

    @Test
    void reject_noKey_isLoggedWithoutTheKeyThatWasSent() throws Exception {
        try (AccessLogLines log = new AccessLogLines();
                Gateway gateway = Gateway.start("--api_keys", "one")) {
            gateway.post("//v1//completions?a=b", BODY, "Authorization", "Bearer wrong", "X-Request-Id", "mine");

            assertThat(log.next())
                    .startsWith("127.0.0.1 - - [")
                    .containsPattern("\"POST /v1/completions\" 401 \\d{3} id=\"mine\" model=- node=- nodes=-"
                            + " outcome=refused error=invalid_api_key attempts=0 waited_ms=0 first_byte_ms=-"
                            + " whole_ms=\\d+$")
                    .doesNotContain("wrong", "secret");
            assertThat(gateway.get("/metrics", "Authorization", "Bearer one").body())
                    .contains("dlrouter_refusals_total{code=\"invalid_api_key\"} 1.0\n");
        }
    }

    @Test
    void reject_noKey_returnsTheRequestId() throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one")) {
            assertThat(gateway.post(ROUTE, BODY, "X-Request-Id", "mine")
                            .headers()
                            .firstValue("x-request-id"))
                    .hasValue("mine");
        }
    }

    @Test
    void reject_bodyTooLarge_isLogged() throws Exception {
        try (AccessLogLines log = new AccessLogLines();
                Gateway gateway = Gateway.start("--max_body_size", "10")) {
            gateway.post(ROUTE, BODY);

            assertThat(log.next()).contains(" 413 ", " id=- ", " outcome=refused error=request_too_large ");
            assertThat(gateway.get("/metrics").body())
                    .contains("dlrouter_refusals_total{code=\"request_too_large\"} 1.0\n");
        }
    }

    @Test
    void reject_halfABody_isLogged() throws Exception {
        try (AccessLogLines log = new AccessLogLines();
                Gateway gateway = Gateway.start();
                RawClient client = new RawClient(gateway)) {
            client.send("POST " + ROUTE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"model\":")
                    .finish();

            assertThat(log.next()).contains(" 400 ", " outcome=refused error=invalid_request ");
        }
    }

    @Test
    void reject_tooManyRequests_isOverload() throws Exception {
        try (AccessLogLines log = new AccessLogLines();
                SimulatedEngine engine =
                        SimulatedEngine.builder(EngineKind.VLLM).model("m").start();
                Gateway gateway = Gateway.start("--max_concurrent_requests", "1", "--node_urls", engine.url())) {
            engine.inject(Fault.hangBeforeHeaders());
            try (RawClient first = new RawClient(gateway).chat("{\"model\":\"m\",\"messages\":[]}")) {
                Await.until(() -> gateway.get("/metrics").body().contains("dlrouter_requests_open 1.0\n"));
                gateway.post(ROUTE, BODY);

                assertThat(log.next()).contains(" 429 ", " outcome=overloaded error=too_many_requests ");
                assertThat(first).isNotNull();
            }
            assertThat(log.next()).contains(" outcome=cancelled ");
        }
    }

    @Test
    void reject_shuttingDown_isOverload() throws Exception {
        try (AccessLogLines log = new AccessLogLines();
                Gateway gateway = Gateway.start();
                RawClient client = new RawClient(gateway)) {
            client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").readUntil("ok");
            gateway.server.stopAccepting();
            client.chat("{}").finish();

            assertThat(log.next()).contains(" 503 ", " outcome=overloaded error=shutting_down ");
        }
    }

    @Test
    void probe_passed_isNotLogged() throws Exception {
        try (AccessLogLines log = new AccessLogLines();
                Gateway gateway = Gateway.start()) {
            gateway.get("/health");
            gateway.get("/ready");
            gateway.get("/nope");

            assertThat(log.isEmpty()).isTrue();
        }
    }
}
