package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendAdapter.Health;
import io.dlrouter.spi.BackendAdapterContract;
import net.jqwik.api.Example;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LmdeployBackendTest extends BackendAdapterContract {
    private final LmdeployBackend backend = new LmdeployBackend();

    @Override
    protected BackendAdapter.Provider provider() {
        return new LmdeployBackend.Provider();
    }

    @ParameterizedTest
    @CsvSource({
        "200, healthy, SERVING",
        "200, sleeping, WAITING",
        "503, initializing, WAITING",
        "503, unhealthy, FAILING",
    })
    void health_wordOfTheEngine_isTakenAtItsMeaning(int status, String word, Health health) {
        assertThat(backend.health(status, "{\"message\":null,\"status\":\"" + word + "\"}"))
                .isEqualTo(health);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Service Unavailable",
                "[\"initializing\"]",
                "\"initializing\"",
                "{\"status\":\"initializing\"",
                "{\"status\":[\"initializing\"]}",
                "{\"status\":503}",
                "{\"status\":null}",
                "{\"detail\":{\"status\":\"initializing\"}}",
                "{\"status\":\"INITIALIZING\"}",
                "\u0000"
            })
    void health_serverErrorWithoutAWordThatIsKnown_isFailing(String body) {
        assertThat(backend.health(503, body)).isEqualTo(Health.FAILING);
    }

    @Example
    void health_newWordWith200_isServing() {
        assertThat(backend.health(200, "{\"status\":\"degraded\"}")).isEqualTo(Health.SERVING);
    }

    @Example
    void health_keyMissing_isServing() {
        assertThat(backend.health(401, "{\"error\":\"Unauthorized\"}")).isEqualTo(Health.SERVING);
    }
}
