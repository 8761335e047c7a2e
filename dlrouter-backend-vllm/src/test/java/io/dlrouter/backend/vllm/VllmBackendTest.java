package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendAdapter.Health;
import io.dlrouter.spi.BackendAdapterContract;
import java.util.Map;
import net.jqwik.api.Example;

class VllmBackendTest extends BackendAdapterContract {
    private final VllmBackend backend = new VllmBackend();

    @Override
    protected BackendAdapter.Provider provider() {
        return new VllmBackend.Provider();
    }

    @Example
    void health_deadEngine_isFailing() {
        assertThat(backend.health(503, "")).isEqualTo(Health.FAILING);
    }

    @Example
    void health_serverError_isFailing() {
        assertThat(backend.health(500, "Internal Server Error")).isEqualTo(Health.FAILING);
    }

    @Example
    void health_keyMissing_isServing() {
        assertThat(backend.health(401, "{\"error\":\"Unauthorized\"}")).isEqualTo(Health.SERVING);
    }

    @Example
    void headers_rankOfAnEngine_pinsTheRequestToIt() {
        assertThat(backend.headers(NodeSpec.of("vllm", "http://node:8000@3")))
                .isEqualTo(Map.of("X-data-parallel-rank", "3"));
    }
}
