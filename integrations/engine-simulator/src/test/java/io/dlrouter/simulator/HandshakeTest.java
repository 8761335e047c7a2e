package io.dlrouter.simulator;

import static io.dlrouter.simulator.LinkedPair.CONNECT;
import static io.dlrouter.simulator.LinkedPair.INFO;
import static io.dlrouter.simulator.LinkedPair.INITIALIZE;
import static io.dlrouter.simulator.LinkedPair.config;
import static io.dlrouter.simulator.LinkedPair.initialize;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HandshakeTest {
    private final LinkedPair pair = LinkedPair.unlinked();
    private final SimulatedEngine prefill = pair.prefill;
    private final SimulatedEngine decode = pair.decode;

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void sixCalls_inOrder_linkBothSides() throws Exception {
        pair.link();

        assertThat(prefill.links()).isEqualTo(decode.links()).isEqualTo(new LinkCounts(1, 1, 1, 1, 0));
        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
        assertThat(prefill.requests())
                .extracting(RecordedRequest::toString)
                .containsExactly("GET " + INFO, "POST " + INITIALIZE, "POST " + CONNECT);
    }

    @Test
    void engineInfo_isAStringWithJsonInIt() throws Exception {
        assertThat(new ApiClient(prefill).get(INFO).body())
                .isEqualTo("\"" + config(1000).replace("\"", "\\\"") + "\"");
    }

    @Test
    void engineInfo_asAnObject_hasWhatWasConfigured() throws Exception {
        DistServeOptions options =
                DistServeOptions.DEFAULT.plainInfo(true).tpSize(4).blockSize(32).numGpuBlocks(7);
        try (SimulatedEngine plain =
                LinkedPair.engine().decode().distServe(options).start()) {
            assertThat(new ApiClient(plain).get(INFO).body())
                    .startsWith("{\"tp_size\":4,")
                    .contains("\"pp_size\":null", "\"block_size\":32,")
                    .endsWith("\"num_gpu_blocks\":7}");
        }
    }

    @Test
    void initialize_withTwoRanks_answersAnEndpointEachWithA64BitAddress() throws Exception {
        DistServeOptions two = DistServeOptions.DEFAULT.tpSize(2);
        try (LinkedPair wide = LinkedPair.of(two)) {
            assertThat(wide.prefill.links().standing()).isEqualTo(1);
            wide.drop(wide.prefill, wide.decode);
            String info = wide.info(wide.prefill);
            assertThat(wide.initializePrefill(info, info).body())
                    .startsWith("{\"status\":1,\"engine_endpoint_info\":{\"zmq_address\":\"tcp://127.0.0.1:")
                    .contains("\"addr\\\": 18014398509481985,", "\"addr\\\": 18014398509481986,");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    "protocol":2          | "protocol":"RDMA"        | protocol
                    "protocol":2          | "protocol":3             | protocol
                    "protocol":2,         | `                       `| protocol
                    "link_type":2         | "link_type":1            | link_type
                    "link_type":2         | "link_type":"RoCE"       | link_type
                    "with_gdr":true       | "with_gdr":1             | with_gdr
                    "pp_size":null,       | `                       `| local_engine_config
                    "num_gpu_blocks":1000 | "num_gpu_blocks":1000.0  | local_engine_config
                    "num_gpu_blocks":1000 | "num_gpu_blocks":1001    | local_engine_config
                    "local_engine_id":"   | "local_engine_id":"x     | local_engine_id
                    ","remote_engine_conf | /","remote_engine_conf   | remote_engine_id
                    "rdma_config":{       | "rdma_config":null,"x":{ | rdma_config
                    """)
    void initialize_ofAnotherForm_is400AndAViolation(String good, String bad, String member) throws Exception {
        String info = pair.info(prefill);
        String body = initialize(prefill, info, decode, pair.info(decode)).replace(good, bad.strip());

        assertThat(new ApiClient(prefill).post(INITIALIZE, body).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().contains(member + ": ");
        assertThat(prefill.links().initialized()).isZero();
    }

    @Test
    void initialize_withoutWhatMayBeLeftOut_isTaken() throws Exception {
        String body = initialize(prefill, pair.info(prefill), decode, pair.info(decode))
                .replace("\"rank\":null,\"tcp_config\":null,", "")
                .replace("\"nvlink_config\":null", "\"nvlink_config\":{}");

        assertThat(new ApiClient(prefill).post(INITIALIZE, body).statusCode()).isEqualTo(200);
    }

    @Test
    void initialize_withSidesSwapped_isAViolation() throws Exception {
        String body = initialize(decode, pair.info(decode), prefill, pair.info(prefill));

        assertThat(new ApiClient(prefill).post(INITIALIZE, body).statusCode()).isEqualTo(400);
        assertThat(prefill.violations())
                .containsExactly("local_engine_id: " + decode.url() + " (expected: " + prefill.url() + ")");
    }

    @ParameterizedTest
    @CsvSource({
        "tp_size\":1, tp_size\":2",
        "block_size\":64, block_size\":32",
        "num_gpu_blocks\":1000, num_gpu_blocks\":5"
    })
    void initialize_withAnotherConfigOfThePeer_isAViolation(String good, String bad) throws Exception {
        String info = pair.info(prefill);

        assertThat(pair.initializePrefill(info, info.replace(good, bad)).statusCode())
                .isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith("remote_engine_config");
    }

    @Test
    void initialize_withoutInfoAnew_isAViolation() throws Exception {
        String info = pair.info(prefill);
        assertThat(pair.initializePrefill(info, info).statusCode()).isEqualTo(200);
        assertThat(pair.initializePrefill(info, info).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith("engine_info: ");
    }

    @Test
    void initialize_afterARestart_needsTheNewInfo() throws Exception {
        String old = pair.info(prefill);
        prefill.stop();
        prefill.restart();

        assertThat(pair.info(prefill)).isEqualTo(config(1001));
        assertThat(pair.initializePrefill(old, old).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith("local_engine_config: ");
    }

    @Test
    void initialize_ofTwoPrefillEngines_isAViolation() throws Exception {
        try (SimulatedEngine other = LinkedPair.engine().prefill().start()) {
            String body = initialize(prefill, pair.info(prefill), other, config(1000));

            assertThat(new ApiClient(prefill).post(INITIALIZE, body).statusCode())
                    .isEqualTo(400);
            assertThat(prefill.violations()).containsExactly("remote_engine_id's role: prefill (expected: decode)");
        }
    }

    @Test
    void initialize_ofDecodeFirst_isAViolation() throws Exception {
        String info = pair.info(decode);

        assertThat(pair.initializeDecode(info, info).statusCode()).isEqualTo(400);
        assertThat(decode.violations()).containsExactly("p2p_initialize: decode first (expected: prefill first)");
    }

    @Test
    void initialize_ofAConnectedPair_isAViolation() throws Exception {
        pair.link();
        String info = pair.info(prefill);

        assertThat(pair.initializePrefill(info, info).statusCode()).isEqualTo(400);
        assertThat(prefill.violations())
                .containsExactly("p2p_initialize: " + decode.url() + " again (expected: none, they are connected)");
    }

    @Test
    void initialize_afterDecodeFailedToConnect_startsAnew() throws Exception {
        decode.inject(Fault.internalError().onPath(CONNECT).times(1));
        pair.link();
        assertThat(decode.requests(CONNECT)).hasSize(1);
        pair.link();

        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
        assertThat(prefill.links()).isEqualTo(new LinkCounts(1, 2, 2, 2, 0));
    }

    @Test
    void initialize_afterOneSideRestarted_startsAnew() throws Exception {
        pair.link();
        decode.stop();
        decode.restart();
        assertThat(decode.links().standing()).isZero();
        pair.link();

        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
    }

    @Test
    void initialize_afterADropOnBothSides_startsAnew() throws Exception {
        pair.link();
        assertThat(pair.drop(prefill, decode).body()).isEqualTo("{\"success\":true}");
        assertThat(pair.drop(decode, prefill).body()).isEqualTo("{\"success\":true}");
        assertThat(prefill.links()).isEqualTo(decode.links()).isEqualTo(new LinkCounts(0, 1, 1, 1, 1));
        pair.link();

        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
    }
}
