package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LMDeploy with dummy prefill, as a hybrid engine, with a role missing: docs/lmdeploy-points.md, 15 and 38 to 40. */
final class LmdeployModesTest extends LmdeployFleetCase {
    private static final String COMPLETIONS = "/v1/completions";

    private static SimulatedEngine hybrid() {
        return SimulatedEngine.builder(EngineKind.LMDEPLOY).model("demo").start();
    }

    @Test
    void hybrid_clientSendsDistServeMembers_areRemoved() throws Exception {
        try (SimulatedEngine engine = hybrid();
                Gateway gateway = Gateway.start("--backend", "lmdeploy", "--node_urls", engine.url())) {
            HttpResponse<String> answer = gateway.post(
                    ROUTE,
                    CHAT.replace(
                            "{\"model\"",
                            "{\"with_cache\":true,\"preserve_cache\":true,\"migration_request\":{\"evil\":1},"
                                    + "\"model\""),
                    "x-lmdeploy-distserve-proxy",
                    "1");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(only(engine, ROUTE).text()).isEqualTo(CHAT);
            assertThat(only(engine, ROUTE).header("x-lmdeploy-distserve-proxy")).isEmpty();
            assertThat(engine.violations()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dummyPrefill_enabled_decodeServesAlone(boolean streamed) throws Exception {
        Gateway gateway = fleet.gateway("--dummy_prefill");
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        assertThat(gateway.get("/ready").statusCode()).isEqualTo(200);
        assertThat(gateway.post(ROUTE, streamed ? STREAM : CHAT).statusCode()).isEqualTo(200);

        assertThat(only(decode, ROUTE).text())
                .endsWith(",\"migration_request\":{\"protocol\":2,\"remote_engine_id\":\"dummy:dummy\","
                        + "\"remote_session_id\":0,\"remote_token_id\":0,\"remote_block_ids\":[],"
                        + "\"is_dummy_prefill\":true}}");
        assertThat(prefill.requests(ROUTE)).isEmpty();
        assertThat(linkCalls()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions | {\"n\":2,\"model\":\"demo\",\"messages\":[]}                 | n",
                "/v1/completions      | {\"n\":2,\"model\":\"demo\",\"prompt\":\"a\"}                | n",
                "/v1/completions      | {\"best_of\":2,\"model\":\"demo\",\"prompt\":\"a\"}          | best_of",
                "/v1/completions      | {\"model\":\"demo\",\"prompt\":[\"a\",\"b\"]}                | prompt",
                "/v1/completions      | {\"model\":\"demo\",\"prompt\":[]}                           | prompt",
            })
    void prefillDecode_severalSequences_responds400(String path, String body, String member) throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        decode();

        HttpResponse<String> answer = gateway.post(path, body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(answer, "param")).isEqualTo(member);
        assertThat(fleet.prefills.get(0).requests(path)).isEmpty();
        assertThat(fleet.decodes.get(0).requests(path)).isEmpty();
        assertThat(linkCalls()).isEmpty();
    }

    @Test
    void prefillDecode_listOfOnePrompt_sendsThePrompt() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        assertThat(gateway.post(COMPLETIONS, "{\"model\":\"demo\",\"prompt\":[\"one two\"]}")
                        .statusCode())
                .isEqualTo(200);

        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(json(only(engine, COMPLETIONS)).get("prompt")).isEqualTo("one two");
        }
    }

    @Test
    void hybrid_severalSequences_passesThem() throws Exception {
        try (SimulatedEngine engine = hybrid();
                Gateway gateway = Gateway.start("--backend", "lmdeploy", "--node_urls", engine.url())) {
            String body = "{\"n\":2,\"model\":\"demo\",\"prompt\":[\"a\",\"b\"]}";

            assertThat(gateway.post(COMPLETIONS, body).statusCode()).isEqualTo(200);
            assertThat(only(engine, COMPLETIONS).text()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"PREFILL", "DECODE"})
    void prefillDecode_roleMissing_responds503(Role there) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine alone = there == Role.PREFILL ? prefill() : decode();

        HttpResponse<String> answer = gateway.post(ROUTE, CHAT);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(Gateway.error(answer, "code")).isEqualTo("no_node_available");
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
        assertThat(gateway.get("/ready").statusCode()).isEqualTo(503);
        assertThat(alone.requests(ROUTE)).isEmpty();
    }

    @Test
    void prefillDecode_hybridNodePresent_sendsItNothing() throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        decode();
        try (SimulatedEngine hybrid = fleet.engine().start()) {
            assertThat(gateway.nodes()).containsKey(hybrid.url());

            for (int i = 0; i < 4; i++) {
                assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
            }

            assertThat(hybrid.requests(ROUTE)).isEmpty();
            assertThat(hybrid.violations()).isEmpty();
        }
    }
}
