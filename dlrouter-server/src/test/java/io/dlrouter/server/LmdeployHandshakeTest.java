package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.LinkCounts;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the gateway links LMDeploy engines when nothing fails: docs/lmdeploy-points.md, 1 to 8. */
final class LmdeployHandshakeTest extends LmdeployFleetCase {
    private static final LinkCounts ONE_HANDSHAKE = new LinkCounts(1, 1, 1, 1, 0);

    @Test
    void handshake_firstRequest_makesSixCallsInOrder() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(linkCalls()).isEqualTo(HANDSHAKE);
        assertThat(prefill.links()).isEqualTo(ONE_HANDSHAKE);
        assertThat(decode.links()).isEqualTo(ONE_HANDSHAKE);
    }

    @Test
    void handshake_urlRegisteredWithTrailingSlash_engineIdHasNoSlash() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        for (SimulatedEngine engine : List.of(prefill, decode)) {
            gateway.post("/nodes/remove", url(engine));
            gateway.post(
                    "/nodes/add",
                    "{\"url\":\"" + engine.url() + "/\",\"status\":{\"models\":[\"demo\"],\"role\":"
                            + (engine == prefill ? 2 : 3) + "}}");
        }

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(ids(only(prefill, INITIALIZE))).containsExactly(prefill.url(), decode.url());
        assertThat(ids(only(decode, INITIALIZE))).containsExactly(decode.url(), prefill.url());
        assertThat(json(only(prefill, CONNECT)).get("remote_engine_id")).isEqualTo(decode.url());
        assertThat(json(only(decode, CONNECT)).get("remote_engine_id")).isEqualTo(prefill.url());
    }

    private static List<Object> ids(RecordedRequest initialize) throws Exception {
        Map<?, ?> body = json(initialize);
        return Stream.of("local_engine_id", "remote_engine_id")
                .<Object>map(body::get)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void initialize_engineInfoRead_sentUnchangedToBothNodes(boolean plainInfo) throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill =
                prefill(DistServeOptions.DEFAULT.plainInfo(plainInfo).numGpuBlocks(1200));
        SimulatedEngine decode =
                decode(DistServeOptions.DEFAULT.plainInfo(plainInfo).numGpuBlocks(3400));

        link(gateway);

        assertThat(configs(only(prefill, INITIALIZE))).containsExactly(info(1200), info(3400));
        assertThat(configs(only(decode, INITIALIZE))).containsExactly(info(3400), info(1200));
    }

    private static Map<?, ?> info(int blocks) throws Exception {
        return json("{\"tp_size\":1,\"ep_size\":1,\"dp_size\":1,\"pp_size\":null,\"dp_rank\":0,\"block_size\":64,"
                + "\"num_cpu_blocks\":0,\"num_gpu_blocks\":" + blocks + "}");
    }

    private static List<Object> configs(RecordedRequest initialize) throws Exception {
        Map<?, ?> body = json(initialize);
        return Stream.of("local_engine_config", "remote_engine_config")
                .<Object>map(body::get)
                .toList();
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
    void connect_endpointsOfPeer_sentUnchangedAndInOrder() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill(DistServeOptions.DEFAULT.tpSize(4));
        SimulatedEngine decode = decode(DistServeOptions.DEFAULT.tpSize(4));

        link(gateway);

        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(only(engine, CONNECT).text())
                    .containsSubsequence(
                            "18014398509481985", "rank0:",
                            "18014398509481986", "rank1:",
                            "18014398509481987", "rank2:",
                            "18014398509481988", "rank3:");
        }
        assertThat(zmqAddress(prefill)).isNotEqualTo(zmqAddress(decode));
    }

    private static String zmqAddress(SimulatedEngine toldOfIt) throws Exception {
        Map<?, ?> endpoint = child(only(toldOfIt, CONNECT), "remote_engine_endpoint_info");
        return String.valueOf(endpoint.get("zmq_address"));
    }

    @Test
    void handshake_fiftyConcurrentFirstRequests_happensOnce() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        List<HttpResponse<String>> answers = atOnce(50, () -> gateway.post(ROUTE, CHAT));

        assertThat(answers).extracting(HttpResponse::statusCode).containsOnly(200);
        assertThat(prefill.links()).isEqualTo(ONE_HANDSHAKE);
        assertThat(decode.links()).isEqualTo(ONE_HANDSHAKE);
        assertThat(prefill.sessions().adopted()).isEqualTo(50);
    }

    @Test
    void handshake_pairAlreadyLinked_isNotRepeated() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        prefill();
        decode();
        decode();
        for (int i = 0; i < 3; i++) {
            link(gateway);
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        }

        assertThat(prefill.links()).isEqualTo(new LinkCounts(2, 2, 2, 2, 0));
        assertThat(linkCalls()).hasSize(4 * HANDSHAKE.size());
    }

    @Test
    void handshake_decodeRestarted_readsEngineInfoAgain() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        link(gateway);

        decode.stop();
        decode.restart();
        link(gateway);

        assertThat(prefill.links().infos()).isEqualTo(2);
        assertThat(decode.links().infos()).isEqualTo(2);
        assertThat(prefill.requests(INITIALIZE).get(1).text()).contains("\"num_gpu_blocks\":1001");
    }

    @Test
    void warmUp_oncePairsAreKnown_linksThemAllAndSaysSo() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        HttpResponse<String> answer = gateway.post(WARM_UP, "{}");

        assertThat(answer.body())
                .isEqualTo("{\"SUCCESS\":true,\"links\":[{\"prefill\":\"" + prefill.url() + "\",\"decode\":\""
                        + decode.url() + "\",\"linked\":true}]}");
    }
}
