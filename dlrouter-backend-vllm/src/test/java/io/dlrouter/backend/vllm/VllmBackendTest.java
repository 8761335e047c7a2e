package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendAdapter.Health;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.testkit.BackendAdapterContract;
import io.dlrouter.testkit.FakeRoutingContext;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VllmBackendTest extends BackendAdapterContract {
    private static final NodeSpec NODE = NodeSpec.of("vllm", "http://node:8000");

    private final VllmBackend backend = new VllmBackend();

    @Override
    protected BackendAdapter.Provider provider() {
        return new VllmBackend.Provider();
    }

    @Test
    void health_deadEngine_isFailing() {
        assertThat(backend.health(503, "")).isEqualTo(Health.FAILING);
    }

    @Test
    void health_serverError_isFailing() {
        assertThat(backend.health(500, "Internal Server Error")).isEqualTo(Health.FAILING);
    }

    @Test
    void health_keyMissing_isServing() {
        assertThat(backend.health(401, "{\"error\":\"Unauthorized\"}")).isEqualTo(Health.SERVING);
    }

    @Test
    void cacheTokens_metricsOfSeveralEngines_isTheLargest() {
        String metrics = """
                # HELP vllm:cache_config_info Information of the LLMEngine CacheConfig
                # TYPE vllm:cache_config_info gauge
                vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="0",num_gpu_blocks="1000",num_gpu_blocks_override="None"} 1.0
                vllm:cache_config_info{block_size="16",cache_dtype="auto",engine="1",num_gpu_blocks="1001",num_gpu_blocks_override="7"} 1.0
                vllm:num_requests_running{engine="0"} 3.0
                """;

        assertThat(backend.cacheTokens(metrics)).hasValue(16_016);
    }

    @Test
    void cacheTokens_metricsThatDoNotSayIt_areEmpty() {
        assertThat(backend.cacheTokens("vllm:num_requests_running{engine=\"0\"} 3.0\n"))
                .isEmpty();
        assertThat(backend.cacheTokens("vllm:cache_config_info{block_size=\"16\",num_gpu_blocks=\"None\"} 1.0"))
                .isEmpty();
    }

    @Test
    void headers_rankOfAnEngine_pinsTheRequestToIt() {
        assertThat(backend.headers(NodeSpec.of("vllm", "http://node:8000@3")))
                .isEqualTo(Map.of("X-data-parallel-rank", "3"));
    }

    @Test
    void prefillDecode_shortestPrompt_isTheOptions() {
        BackendAdapter adapter = provider().create(Map.of("pd_min_prompt_tokens", "2"));

        assertThat(adapter.prefillDecode()).get().isInstanceOfSatisfying(TwoStage.class, protocol -> {
            assertThat(protocol.decodeAlone(FakeRoutingContext.ofMembers("prompt", "[1]"), NODE))
                    .isPresent();
            assertThat(protocol.decodeAlone(FakeRoutingContext.ofMembers("prompt", "[1,2]"), NODE))
                    .isEmpty();
        });
    }

    @Test
    void discovery_eachTime_isAnother() {
        assertThat(backend.discovery()).isPresent().isNotEqualTo(backend.discovery());
    }

    @Test
    void provider_optionWithoutMeaning_saysWhatWasExpected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider().create(Map.of("zmq_port", "http")))
                .withMessage("zmq_port: http (expected: 0 to 65535)");
    }

    @Test
    void reservedNames_ofThisEngine_areThoseOfItsTransfer() {
        VllmBackend backend = new VllmBackend();

        assertThat(backend.reservedMembers()).containsExactlyInAnyOrder("kv_transfer_params", "ec_transfer_params");
        assertThat(backend.reservedHeaders()).containsExactlyInAnyOrder("X-data-parallel-rank");
    }
}
