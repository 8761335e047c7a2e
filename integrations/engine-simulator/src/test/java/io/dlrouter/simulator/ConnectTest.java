package io.dlrouter.simulator;

import static io.dlrouter.simulator.LinkedPair.CONNECT;
import static io.dlrouter.simulator.LinkedPair.INFO;
import static io.dlrouter.simulator.LinkedPair.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConnectTest {
    private final LinkedPair pair = LinkedPair.unlinked();
    private final SimulatedEngine prefill = pair.prefill;
    private final SimulatedEngine decode = pair.decode;

    @AfterEach
    void stop() {
        pair.close();
    }

    @Test
    void drop_ofNoLink_isASuccess() throws Exception {
        assertThat(pair.drop(prefill, decode).body()).isEqualTo("{\"success\":true}");
        assertThat(prefill.links().dropped()).isZero();
        assertThat(prefill.violations()).isEmpty();
    }

    @Test
    void drop_withSidesSwapped_isAViolation() throws Exception {
        String body = "{\"engine_id\":\"" + decode.url() + "\",\"remote_engine_id\":\"" + prefill.url() + "\"}";

        assertThat(new ApiClient(prefill).post(LinkedPair.DROP, body).statusCode())
                .isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().startsWith("engine_id: " + decode.url());
    }

    @Test
    void connect_withoutInitialize_is500TextAndAViolation() throws Exception {
        HttpResponse<String> answer = pair.connectPrefill(
                "{\"status\":1,\"engine_endpoint_info\":{\"zmq_address\":\"\"},\"kvtransfer_endpoint_info\":[]}");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("Internal Server Error");
        assertThat(answer.headers().firstValue("content-type").orElse("").toLowerCase(Locale.ROOT))
                .startsWith("text/plain");
        assertThat(prefill.violations()).singleElement().asString().startsWith("p2p_connect: ");
    }

    @Test
    void connect_afterThisSideRestarted_is500AndNobodysFault() throws Exception {
        pair.link();
        prefill.stop();
        prefill.restart();

        assertThat(pair.connectPrefill("{\"status\":1,\"engine_endpoint_info\":{},\"kvtransfer_endpoint_info\":[]}")
                        .statusCode())
                .isEqualTo(500);
        assertThat(prefill.violations()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "tcp://127.0.0.1, tcp://127.0.0.2, remote_engine_endpoint_info",
        "18014398509481985, 18014398509481984, remote_kvtransfer_endpoint_info",
        "}]}, '},{}]}', remote_kvtransfer_endpoint_info",
        "'\"protocol\":2,\"remote_engine_id', '\"protocol\":\"2\",\"remote_engine_id', protocol"
    })
    void connect_notVerbatim_isAViolation(String good, String bad, String member) throws Exception {
        String info = pair.info(prefill);
        pair.info(decode);
        pair.initializePrefill(info, info);
        String body = connect(decode, pair.initializeDecode(info, info).body());

        assertThat(new ApiClient(prefill).post(CONNECT, body.replace(good, bad)).statusCode())
                .isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().contains(member + ": ");
    }

    @Test
    void connect_beforeBothAreInitialized_isAViolation() throws Exception {
        String info = pair.info(prefill);
        String answer = pair.initializePrefill(info, info).body();

        assertThat(pair.connectPrefill(answer).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().contains("only one side is initialized");
    }

    @Test
    void connect_ofDecodeFirst_isAViolation() throws Exception {
        String info = pair.info(prefill);
        pair.info(decode);
        String ofPrefill = pair.initializePrefill(info, info).body();
        pair.initializeDecode(info, info);

        assertThat(pair.connectDecode(ofPrefill).statusCode()).isEqualTo(400);
        assertThat(decode.violations()).containsExactly("p2p_connect: decode first (expected: prefill first)");
    }

    @Test
    void connect_again_isAViolation() throws Exception {
        pair.link();

        assertThat(pair.connectDecode("{\"status\":1,\"engine_endpoint_info\":{},\"kvtransfer_endpoint_info\":[]}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(decode.violations()).singleElement().asString().contains(" again ");
    }

    @Test
    void connect_toAPeerThatIsGone_is500AndNobodysFault() throws Exception {
        String info = pair.info(prefill);
        pair.info(decode);
        pair.initializePrefill(info, info);
        String ofDecode = pair.initializeDecode(info, info).body();
        decode.stop();

        assertThat(pair.connectPrefill(ofDecode).statusCode()).isEqualTo(500);
        decode.restart();
        assertThat(pair.connectPrefill(ofDecode).statusCode()).isEqualTo(500);
        assertThat(prefill.violations()).isEmpty();
    }

    @Test
    void routes_ofAHybridEngine_areNotThere() throws Exception {
        try (SimulatedEngine hybrid = LinkedPair.engine().start()) {
            assertThat(new ApiClient(hybrid).get(INFO).statusCode()).isEqualTo(404);
            assertThatThrownBy(hybrid::links)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(hybrid + " (expected: a prefill or decode engine of LMDeploy)");
        }
    }
}
