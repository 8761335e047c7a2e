package io.dlrouter.backend.sglang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerInfoTest {
    private static final NodeSpec PREFILL =
            NodeSpec.of("sglang", "http://p:8000").withRole(Role.PREFILL);
    private static final NodeSpec DECODE =
            NodeSpec.of("sglang", "http://d:8000").withRole(Role.DECODE);

    private final SglangBackend backend = new SglangBackend();

    @Test
    void described_prefill_hasTheEnginesPortAndSize() {
        assertThat(backend.described(PREFILL.withBootstrapPort(1), """
                {"model_path": "/m", "disaggregation_mode": "prefill", "disaggregation_bootstrap_port": 9001,
                 "dp_size": 4, "internal_states": [{"x": 1.0}]}"""))
                .isEqualTo(PREFILL.withBootstrapPort(9001).withDpSize(4));
    }

    @Test
    void described_decode_hasNoBootstrapPort() {
        assertThat(backend.described(
                        DECODE, "{\"disaggregation_mode\":\"decode\",\"disaggregation_bootstrap_port\":8998}"))
                .isEqualTo(DECODE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"disaggregation_mode\":\"null\"}", "{\"disaggregation_mode\":null}"})
    void described_neitherRole_isHybrid(String description) {
        NodeSpec hybrid = NodeSpec.of("sglang", "http://h:8000");

        assertThat(backend.described(hybrid, description)).isEqualTo(hybrid);
    }

    @ParameterizedTest
    @CsvSource({"prefill, PREFILL", "decode, DECODE", "null, HYBRID"})
    void described_asAnotherRole_saysWhatToChange(String mode, Role role) {
        NodeSpec other = role == Role.DECODE ? PREFILL : DECODE;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.described(other, "{\"disaggregation_mode\":\"" + mode + "\"}"))
                .withMessage("role: " + other.role() + " (expected: " + role
                        + ", because its engine runs with --disaggregation-mode " + mode + ")");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"disaggregation_mode\":null"})
    void described_withoutMode_isAsConfigured(String mode) {
        String description = "{\"dp_size\":2,\"disaggregation_bootstrap_port\":9001" + mode + "}";

        assertThat(backend.described(PREFILL, description))
                .isEqualTo(PREFILL.withBootstrapPort(9001).withDpSize(2));
        assertThat(backend.described(DECODE, description)).isEqualTo(DECODE.withDpSize(2));
    }

    @Test
    void described_halfOfAPairAsHybrid_saysWhatToChange() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.described(
                        NodeSpec.of("sglang", "http://h:8000"), "{\"disaggregation_mode\":\"decode\"}"))
                .withMessageStartingWith("role: HYBRID (expected: DECODE");
    }

    @Test
    void described_withAnotherModelThanConfigured_isNoContradiction() {
        NodeSpec node = PREFILL.withModels("alias");

        assertThat(backend.described(node, "{\"disaggregation_mode\":\"prefill\",\"served_model_name\":\"b\"}"))
                .isEqualTo(node);
    }

    @Test
    void described_withFewerRanksThanConfigured_saysHowMany() {
        NodeSpec rank = NodeSpec.of("sglang", "http://d:8000@2").withRole(Role.DECODE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.described(rank, "{\"disaggregation_mode\":\"decode\",\"dp_size\":2}"))
                .withMessage("rank: 2 (expected: less than 2, because its engine runs with --dp-size 2)");
        assertThat(backend.described(rank, "{\"disaggregation_mode\":\"decode\",\"dp_size\":3}"))
                .isEqualTo(rank.withDpSize(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"dp_size\":\"x\"}", "{\"dp_size\":0}", "{\"dp_size\":2}"})
    void described_hybrid_needsNothingOfIt(String description) {
        NodeSpec rank = NodeSpec.of("sglang", "http://h:8000@2");

        assertThat(backend.described(rank, description)).isEqualTo(rank);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{\"dp_size\":\"x\"}", "<html>"})
    void described_byRubbish_saysSo(String description) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.described(PREFILL, description))
                .withMessageStartingWith("/server_info: ");
    }
}
