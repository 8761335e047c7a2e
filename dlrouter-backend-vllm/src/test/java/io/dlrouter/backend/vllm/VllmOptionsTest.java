package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VllmOptionsTest {

    @Test
    void of_none_areTheDefaults() {
        assertThat(VllmOptions.of(Map.of("model", "of others")))
                .isEqualTo(new VllmOptions(
                        "0.0.0.0", 30001, Duration.ofSeconds(5), Duration.ofSeconds(90), 0, Duration.ofSeconds(30)));
    }

    @Test
    void of_all_areRead() {
        Map<String, String> options = Map.of(
                "zmq_host", "::1",
                "zmq_port", "0",
                "zmq_ping_timeout", "0.5",
                "heartbeat_expiration", "12.25",
                "pd_min_prompt_tokens", "512",
                "kv_lease_duration", "45.5");

        assertThat(VllmOptions.of(options))
                .isEqualTo(new VllmOptions(
                        "::1", 0, Duration.ofMillis(500), Duration.ofMillis(12_250), 512, Duration.ofMillis(45_500)));
    }

    @ParameterizedTest
    @CsvSource({
        "zmq_host, ' ', 'an address or a name of this machine'",
        "zmq_port, 65536, 0 to 65535",
        "zmq_port, -1, 0 to 65535",
        "zmq_port, '', 0 to 65535",
        "zmq_port, 99999999999, 0 to 65535",
        "zmq_ping_timeout, 0.0, 'seconds, more than 0, such as 2.5'",
        "zmq_ping_timeout, -5, 'seconds, more than 0, such as 2.5'",
        "zmq_ping_timeout, 5s, 'seconds, more than 0, such as 2.5'",
        "heartbeat_expiration, NaN, 'seconds, more than 0, such as 2.5'",
        "heartbeat_expiration, 1e9, 'seconds, more than 0, such as 2.5'",
        "kv_lease_duration, 0, 'seconds, more than 0, such as 2.5'",
        "pd_min_prompt_tokens, -1, 'a number of tokens, 0 to 999999999'",
        "pd_min_prompt_tokens, 1.5, 'a number of tokens, 0 to 999999999'",
    })
    void of_valueWithoutMeaning_saysWhatWasExpected(String name, String value, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VllmOptions.of(Map.of(name, value)))
                .withMessage(name + ": " + value + " (expected: " + expected + ")");
    }
}
