package io.dlrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeSpecTest {
    private final NodeSpec spec = NodeSpec.of("vllm", "http://node:8000@1/");

    @Test
    void of_url_isAHybridNodeOfWhichNoMoreIsKnown() {
        NodeAddress address = NodeAddress.parse("http://node:8000@1");

        assertThat(spec)
                .isEqualTo(NodeSpec.builder()
                        .address(address)
                        .backend("vllm")
                        .role(Role.HYBRID)
                        .build());
    }

    @Test
    void with_oneProperty_leavesTheOthers() {
        assertThat(spec.withRole(Role.DECODE)
                        .withModels("a", "b")
                        .withSpeed(2.5)
                        .withZmqAddress("node:5600")
                        .withBootstrapPort(8998)
                        .withDpSize(4)
                        .withMaxInFlight(16))
                .isEqualTo(NodeSpec.builder()
                        .address(spec.address())
                        .backend("vllm")
                        .role(Role.DECODE)
                        .models(List.of("a", "b"))
                        .speed(OptionalDouble.of(2.5))
                        .zmqAddress(Optional.of("node:5600"))
                        .bootstrapPort(OptionalInt.of(8998))
                        .dpSize(OptionalInt.of(4))
                        .maxInFlight(OptionalInt.of(16))
                        .build());
    }

    @Test
    void with_onePropertyAfterTheZmqAddress_leavesIt() {
        NodeSpec withAddress = spec.withZmqAddress("node:5600");

        assertThat(withAddress
                        .withRole(Role.PREFILL)
                        .withModels("a")
                        .withSpeed(1)
                        .withBootstrapPort(1)
                        .withDpSize(1)
                        .zmqAddress())
                .hasValue("node:5600");
        assertThat(withAddress.withZmqAddress("node:5601").zmqAddress()).hasValue("node:5601");
    }

    @Test
    void models_listChangedLater_stayAsTheyWere() {
        List<String> models = new ArrayList<>(List.of("a"));
        NodeSpec withModels = spec.withModels(models);

        models.add("b");

        assertThat(withModels.models()).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "node:5600\r\nX: y", "n\u00F6de:5600"})
    void zmqAddress_noneThatAHeaderCanCarry_isRefused(String address) {
        assertThatThrownBy(() -> spec.withZmqAddress(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("zmq_address: " + address + " (expected: host:port)");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65536})
    void bootstrapPort_noPort_isRefused(int port) {
        assertThatThrownBy(() -> spec.withBootstrapPort(port))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bootstrap_port: " + port + " (expected: 1 to 65535)");
    }

    @Test
    void dpSize_none_isRefused() {
        assertThatThrownBy(() -> spec.withDpSize(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dp_size: 0 (expected: 1 or more)");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void speed_noPositiveNumber_tellsTheValueAndTheExpectation(double speed) {
        assertThatThrownBy(() -> spec.withSpeed(speed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("speed: " + speed + " (expected: a number above 0)");
    }
}
