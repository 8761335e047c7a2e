package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class P2pTest {
    private static final String P = "10.0.0.1:14579";
    private static final String D = "10.0.0.2:14580";
    private static final String UUID = "0123456789abcdef0123456789abcdef";
    private static final String ID = "___prefill_addr_" + P + "___decode_addr_" + D + "_" + UUID;
    private static final String SWAPPED = "___prefill_addr_" + D + "___decode_addr_" + P + "_" + UUID;

    private final SimulatedEngine prefill =
            TwoStages.engine().prefill().zmqAddress(P).start();
    private final SimulatedEngine decode =
            TwoStages.engine().decode().zmqAddress(D).start();

    @AfterEach
    void stop() {
        prefill.close();
        decode.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"max_tokens\":1,", "\"max_tokens\":1,\"stream\":true,", TwoStages.PREFILL})
    void exchange_withBothAddressesInTheId_isTaken(String members) throws Exception {
        assertThat(post(prefill, members, ID).statusCode()).isEqualTo(200);
        assertThat(post(decode, "", ID).body())
                .contains("{\"cached_tokens\":2}")
                .endsWith(",\"kv_transfer_params\":null}");
        assertThat(prefill.violations()).isEmpty();
        assertThat(decode.violations()).isEmpty();
        assertThat(prefill.kv()).isEqualTo(decode.kv()).isEqualTo(new KvBlocks(0, 0, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TwoStages.ID,
                SWAPPED,
                "___prefill_addr_" + P + "___decode_addr_" + D,
                ID + "0",
                "cmpl-" + ID,
                "___prefill_addr_" + P + "___decode_addr_10.0.0.2_" + UUID,
                "___prefill_addr_10.0.0.1___decode_addr_" + D + "_" + UUID
            })
    void id_thatDoesNotNameThem_is500AndAViolation(String id) throws Exception {
        assertThat(post(prefill, "\"max_tokens\":1,", id).statusCode()).isEqualTo(500);
        assertThat(post(decode, "", id).statusCode()).isEqualTo(500);
        assertThat(prefill.violations()).singleElement().asString().startsWith("header x-request-id: " + id);
        assertThat(decode.violations()).singleElement().asString().startsWith("header x-request-id: " + id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"max_tokens\":2,",
                "\"max_tokens\":1,\"n\":2,",
                "\"max_tokens\":1,\"kv_transfer_params\":{},"
            })
    void prefill_notMadeForIt_is400AndAViolation(String members) throws Exception {
        assertThat(post(prefill, members, ID).statusCode()).isEqualTo(400);
        assertThat(prefill.violations()).singleElement().asString().endsWith("at a prefill engine)");
    }

    @Test
    void decode_withParams_is400AndAViolation() throws Exception {
        assertThat(post(decode, TwoStages.ORDER, ID).statusCode()).isEqualTo(400);
        assertThat(decode.violations()).containsExactly("kv_transfer_params: given (expected: none in P2P NCCL)");
    }

    @Test
    void zmqAddress_ofNoUse_isRefused() {
        assertThatThrownBy(() -> TwoStages.engine().zmqAddress(P).start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("zmq address: " + P + " (expected: none, the role is hybrid)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1", "tcp://10.0.0.1:14579", ":14579", "10.0.0.1:x", "10.0.0.1:14579 "})
    void zmqAddress_thatIsNone_isRefused(String address) {
        assertThatThrownBy(() -> TwoStages.engine().zmqAddress(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("address: " + address + " (expected: host:port)");
    }

    private static HttpResponse<String> post(SimulatedEngine engine, String members, String id) throws Exception {
        return new ApiClient(engine).post(CHAT, chat(members), "X-Request-Id", id);
    }
}
