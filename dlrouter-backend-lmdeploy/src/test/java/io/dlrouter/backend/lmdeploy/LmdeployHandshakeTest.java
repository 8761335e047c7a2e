package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.LinkCounts;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the router links LMDeploy engines when nothing fails: docs/lmdeploy-protocol.md, 1 to 8. */
final class LmdeployHandshakeTest extends LmdeployFleetCase {
    private static final LinkCounts ONE_HANDSHAKE = new LinkCounts(1, 1, 1, 1, 0);

    @Test
    void handshake_firstRequest_makesSixCallsInOrder() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        assertThat(linkCalls()).isEqualTo(HANDSHAKE);
        assertThat(prefill.links()).isEqualTo(ONE_HANDSHAKE);
        assertThat(decode.links()).isEqualTo(ONE_HANDSHAKE);
    }

    @Test
    void handshake_urlRegisteredWithTrailingSlash_engineIdHasNoSlash() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        for (SimulatedEngine engine : List.of(prefill, decode)) {
            fleet.router.nodes().remove(fleet.address(engine));
            fleet.router
                    .nodes()
                    .add(NodeSpec.of("lmdeploy", engine.url() + "/")
                            .withModels("demo")
                            .withRole(engine == prefill ? Role.PREFILL : Role.DECODE));
        }

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        assertThat(ids(only(prefill, INITIALIZE))).containsExactly(prefill.url(), decode.url());
        assertThat(ids(only(decode, INITIALIZE))).containsExactly(decode.url(), prefill.url());
        assertThat(json(only(prefill, CONNECT)).get("remote_engine_id")).isEqualTo(decode.url());
        assertThat(json(only(decode, CONNECT)).get("remote_engine_id")).isEqualTo(prefill.url());
    }

    private static List<Object> ids(RecordedRequest initialize) {
        Map<?, ?> body = json(initialize);
        return Stream.of("local_engine_id", "remote_engine_id")
                .<Object>map(body::get)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void initialize_engineInfoRead_sentUnchangedToBothNodes(boolean plainInfo) {
        SimulatedEngine prefill =
                fleet.prefill(DistServeOptions.DEFAULT.plainInfo(plainInfo).numGpuBlocks(1200));
        SimulatedEngine decode =
                fleet.decode(DistServeOptions.DEFAULT.plainInfo(plainInfo).numGpuBlocks(3400));

        fleet.link();

        assertThat(configs(only(prefill, INITIALIZE))).containsExactly(info(1200), info(3400));
        assertThat(configs(only(decode, INITIALIZE))).containsExactly(info(3400), info(1200));
    }

    private static Map<?, ?> info(int blocks) {
        return json("{\"tp_size\":1,\"ep_size\":1,\"dp_size\":1,\"pp_size\":null,\"dp_rank\":0,\"block_size\":64,"
                + "\"num_cpu_blocks\":0,\"num_gpu_blocks\":" + blocks + "}");
    }

    private static List<Object> configs(RecordedRequest initialize) {
        Map<?, ?> body = json(initialize);
        return Stream.of("local_engine_config", "remote_engine_config")
                .<Object>map(body::get)
                .toList();
    }

    @Test
    void initialize_protocolAndLinkTypeSet_sentAsIntegers() {
        DistServeOptions options = DistServeOptions.DEFAULT.protocol(3).linkType(1);
        router(builder -> builder.option("migration_protocol", "NVLINK")
                .option("link_type", "IB")
                .option("with_gdr", "false"));
        SimulatedEngine prefill = fleet.prefill(options);
        SimulatedEngine decode = fleet.decode(options);

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(only(engine, INITIALIZE).text())
                    .contains("\"protocol\":3,")
                    .contains("\"rdma_config\":{\"with_gdr\":false,\"link_type\":1}");
            assertThat(only(engine, CONNECT).text()).contains("\"protocol\":3,");
        }
        assertThat(only(decode, ROUTE).text()).contains("\"migration_request\":{\"protocol\":3,");
    }

    @Test
    void connect_endpointsOfPeer_sentUnchangedAndInOrder() {
        SimulatedEngine prefill = fleet.prefill(DistServeOptions.DEFAULT.tpSize(4));
        SimulatedEngine decode = fleet.decode(DistServeOptions.DEFAULT.tpSize(4));

        fleet.link();

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

    private static String zmqAddress(SimulatedEngine toldOfIt) {
        Map<?, ?> endpoint = child(only(toldOfIt, CONNECT), "remote_engine_endpoint_info");
        return String.valueOf(endpoint.get("zmq_address"));
    }

    @Test
    void handshake_fiftyConcurrentFirstRequests_happensOnce() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();

        List<Reply> replies = fleet.atOnce(50, () -> fleet.post(CHAT));

        assertThat(replies).extracting(Reply::status).containsOnly(200);
        assertThat(prefill.links()).isEqualTo(ONE_HANDSHAKE);
        assertThat(decode.links()).isEqualTo(ONE_HANDSHAKE);
        assertThat(prefill.sessions().adopted()).isEqualTo(50);
    }

    @Test
    void handshake_pairAlreadyLinked_isNotRepeated() {
        SimulatedEngine prefill = fleet.prefill();
        fleet.prefill();
        fleet.decode();
        fleet.decode();
        for (int i = 0; i < 3; i++) {
            fleet.link();
            assertThat(fleet.post(CHAT).status()).isEqualTo(200);
        }

        assertThat(prefill.links()).isEqualTo(new LinkCounts(2, 2, 2, 2, 0));
        assertThat(linkCalls()).hasSize(4 * HANDSHAKE.size());
    }

    @Test
    void handshake_decodeRestarted_readsEngineInfoAgain() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        fleet.link();

        fleet.restart(decode);
        fleet.link();

        assertThat(prefill.links().infos()).isEqualTo(2);
        assertThat(decode.links().infos()).isEqualTo(2);
        assertThat(prefill.requests(INITIALIZE).get(1).text()).contains("\"num_gpu_blocks\":1001");
    }
}
