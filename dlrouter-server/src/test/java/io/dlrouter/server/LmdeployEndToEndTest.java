package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.LinkCounts;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * LMDeploy behind a gateway over sockets, one test for each path. The states of links and caches, and what happens when
 * time passes, are tested without sockets beside the backend: docs/lmdeploy-protocol.md.
 */
final class LmdeployEndToEndTest extends LmdeployFleetCase {
    private static final Duration GENEROUS = Duration.ofSeconds(30);

    @Test
    void handshake_firstRequest_makesSixCallsInOrder() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(linkCalls()).isEqualTo(HANDSHAKE);
        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 1, 1, 1, 0));
        assertThat(decode.links()).isEqualTo(new LinkCounts(1, 1, 1, 1, 0));
    }

    @Test
    void initialize_protocolAndLinkTypeSet_sentAsIntegers() throws Exception {
        DistServeOptions options = DistServeOptions.DEFAULT.protocol(3).linkType(1);
        Gateway gateway = fleet.gateway("--migration_protocol", "NVLINK", "--link_type", "IB", "--no_with_gdr");
        SimulatedEngine prefill = prefill(options);
        SimulatedEngine decode = decode(options);

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(only(engine, INITIALIZE).text())
                    .contains("\"protocol\":3,")
                    .contains("\"rdma_config\":{\"with_gdr\":false,\"link_type\":1}");
            assertThat(only(engine, CONNECT).text()).contains("\"protocol\":3,");
        }
        assertThat(only(decode, ROUTE).text()).contains("\"migration_request\":{\"protocol\":3,");
    }

    @Test
    void warmUp_pairUnlinked_linksItAndReportsIt() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        HttpResponse<String> response = gateway.post(WARM_UP, "{}");

        assertThat(response.body())
                .isEqualTo("{\"SUCCESS\":true,\"links\":[{\"prefill\":\"" + prefill.url() + "\",\"decode\":\""
                        + decode.url() + "\",\"linked\":true}]}");
    }

    @Test
    void warmUp_onePairIncompatible_responds502AndNamesIt() throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        SimulatedEngine misfit = decode(DistServeOptions.DEFAULT.tpSize(2));
        SimulatedEngine fitting = decode();

        HttpResponse<String> response = gateway.post(WARM_UP, "{}");

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body())
                .startsWith("{\"SUCCESS\":false,")
                .containsPattern(misfit.url() + "\",\"linked\":false,\"reason\":\"[^\"]*tp_size")
                .contains(fitting.url() + "\",\"linked\":true}");
    }

    @Test
    void link_decodeRestarted_isMadeAgainBeforeNextRequest() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        decode.stop();
        decode.restart();
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 1));
        assertThat(decode.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 0));
        assertThat(prefill.sessions().adopted()).isEqualTo(2);
    }

    @Test
    void link_prefillDrainedDuringRequestAndBack_isMadeAgain() throws Exception {
        Gateway gateway = fleet.gateway();
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = prefill();
        decode();
        link(gateway);
        prefill.inject(Fault.holdBeforeHeaders(release).times(1));
        try (RawClient client = new RawClient(gateway).chat(CHAT)) {
            prefill.awaitRequests(ROUTE, 1, GENEROUS);
            gateway.post("/nodes/drain", url(prefill));
            release.complete(null);

            assertThat(client.readUntil("token0")).startsWith("HTTP/1.1 200 ");
        }
        Await.until(() -> gateway.nodes().size() == 1);
        prefill.stop();
        prefill.restart();
        Await.until(() -> gateway.get("/ready").statusCode() == 200);

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
    }

    @Test
    void link_decodeRemoved_isDroppedOnPrefillThenDecode() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        link(gateway);

        assertThat(gateway.post("/nodes/remove", url(decode)).statusCode()).isEqualTo(200);
        decode.awaitLinks(links -> links.standing() == 0, GENEROUS);

        assertThat(prefill.links()).isEqualTo(new LinkCounts(0, 1, 1, 1, 1));
        assertThat(only(prefill, DROP).text()).isEqualTo(drop(prefill, decode));
        assertThat(only(decode, DROP).text()).isEqualTo(drop(decode, prefill));
        assertThat(only(prefill, DROP).arrival()).isBefore(only(decode, DROP).arrival());
    }

    private static String drop(SimulatedEngine callee, SimulatedEngine peer) {
        return "{\"engine_id\":\"" + callee.url() + "\",\"remote_engine_id\":\"" + peer.url() + "\"}";
    }

    @Test
    void cache_decodeResetsConnection_isFreedOnce() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        link(gateway);
        decode.inject(Fault.resetBeforeHeaders());

        HttpResponse<String> response = gateway.post(ROUTE, CHAT);

        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(Gateway.error(response, "code")).isEqualTo("decode_failed");
        prefill.awaitSessions(new SessionCounts(1, 0, 0, 1, 0, 0, 0)::equals, GENEROUS);
        assertThat(only(prefill, FREE).text())
                .isEqualTo("{\"remote_engine_id\":\"" + prefill.url() + "\",\"remote_session_id\":1}");
    }

    @Test
    void cache_decodeFailsAfterFirstChunk_isNotFreedAndClientGetsErrorEvent() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        decode().inject(Fault.resetAfterEvents(1));

        try (RawClient client = new RawClient(gateway).chat(STREAM)) {
            assertThat(client.readUntil("data: {\"error\":{"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("token0", "data: {\"error\":{")
                    .doesNotContain("[DONE]");
        }

        assertMigratedAndNeverFreed(gateway, prefill);
    }

    private void assertMigratedAndNeverFreed(Gateway gateway, SimulatedEngine prefill) throws Exception {
        fleet.assertNothingLeft();
        gateway.close();
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(1, 0, 1, 0, 0, 0, 0));
        assertThat(prefill.requests(FREE)).isEmpty();
    }

    @Test
    void cache_clientDisconnectsDuringMigration_isMigratedBeforeDecodeEnds() throws Exception {
        Gateway gateway = fleet.gateway();
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = fleet.decode(fleet.engine().decode().timePerToken(Duration.ofHours(1)));
        decode.inject(Fault.holdAfterHeaders(release));
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM);
            decode.awaitRequests(ROUTE, 1, GENEROUS);
        }
        release.complete(null);

        decode.awaitDisconnects(1, GENEROUS);
        assertMigratedAndNeverFreed(gateway, prefill);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "text/event-stream; charset=utf-8"})
    void response_streamedByDecode_reachesClientByteForByte(String type) throws Exception {
        Gateway gateway = fleet.gateway();
        fleet.sessionsStayAt(prefill());
        SimulatedEngine decode = decode();
        String stream = """
                : ping

                data: {"choices":[{"delta":{"content":"\u00e9"}}],"x":1.50}


                data: {"choices":[],"usage":{"total_tokens":3}}\r
                \r
                data: [DONE]

                """;
        byte[] bytes = stream.getBytes(UTF_8);
        byte[] first = Arrays.copyOf(bytes, 51);
        byte[] rest = Arrays.copyOfRange(bytes, 51, bytes.length);
        decode.inject(Fault.canned(200, Map.of("content-type", type, "x-of-decode", "yes"), first, rest));

        HttpResponse<String> response = gateway.post(ROUTE, STREAM);

        assertThat(response.body()).isEqualTo(stream).containsOnlyOnce("[DONE]");
        assertThat(response.headers().allValues("content-type")).containsExactly(type);
        assertThat(response.headers().allValues("x-of-decode")).containsExactly("yes");
    }

    @Test
    void response_notStreamed_reachesClientByteForByte() throws Exception {
        Gateway gateway = fleet.gateway();
        fleet.sessionsStayAt(prefill());
        SimulatedEngine decode = decode();
        String body =
                "{\"id\":\"chatcmpl-x\", \"choices\":[{\"index\":0}],\n \"usage\":{\"total_tokens\":3},\"x\":1.50}";
        decode.inject(Fault.canned(200, Map.of("content-type", "application/json"), body.getBytes(UTF_8)));

        assertThat(gateway.post(ROUTE, CHAT).body()).isEqualTo(body);
    }

    @Test
    void prefillDecode_severalSequences_responds400() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        decode();

        HttpResponse<String> response = gateway.post(ROUTE, CHAT.replace("{\"model\"", "{\"n\":2,\"model\""));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "param")).isEqualTo("n");
        assertThat(prefill.requests(ROUTE)).isEmpty();
        assertThat(linkCalls()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"PREFILL", "DECODE"})
    void prefillDecode_roleMissing_responds503(Role there) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine alone = there == Role.PREFILL ? prefill() : decode();

        HttpResponse<String> response = gateway.post(ROUTE, CHAT);

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(Gateway.error(response, "code")).isEqualTo("no_node_available");
        assertThat(response.headers().firstValue("retry-after")).isPresent();
        assertThat(gateway.get("/ready").statusCode()).isEqualTo(503);
        assertThat(alone.requests(ROUTE)).isEmpty();
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

    @Test
    void hybrid_clientSendsDistServeMembers_areRemoved() throws Exception {
        try (SimulatedEngine engine = hybrid();
                Gateway gateway = Gateway.start("--backend", "lmdeploy", "--node_urls", engine.url())) {
            HttpResponse<String> response = gateway.post(
                    ROUTE,
                    CHAT.replace(
                            "{\"model\"",
                            "{\"with_cache\":true,\"preserve_cache\":true,\"migration_request\":{\"evil\":1},"
                                    + "\"model\""),
                    "x-lmdeploy-distserve-proxy",
                    "1");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(only(engine, ROUTE).text()).isEqualTo(CHAT);
            assertThat(only(engine, ROUTE).header("x-lmdeploy-distserve-proxy")).isEmpty();
            assertThat(engine.violations()).isEmpty();
        }
    }

    @Test
    void hybrid_severalSequences_passesThem() throws Exception {
        try (SimulatedEngine engine = hybrid();
                Gateway gateway = Gateway.start("--backend", "lmdeploy", "--node_urls", engine.url())) {
            String body = "{\"n\":2,\"model\":\"demo\",\"prompt\":[\"a\",\"b\"]}";

            assertThat(gateway.post("/v1/completions", body).statusCode()).isEqualTo(200);
            assertThat(only(engine, "/v1/completions").text()).isEqualTo(body);
        }
    }

    private static SimulatedEngine hybrid() {
        return SimulatedEngine.builder(EngineKind.LMDEPLOY).model("demo").start();
    }
}
