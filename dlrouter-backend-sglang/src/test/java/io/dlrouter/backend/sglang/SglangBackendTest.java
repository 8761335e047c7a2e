package io.dlrouter.backend.sglang;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendAdapter.Health;
import io.dlrouter.testkit.BackendAdapterContract;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SglangBackendTest extends BackendAdapterContract {
    private final SglangBackend backend = new SglangBackend();

    @Override
    protected BackendAdapter.Provider provider() {
        return new SglangBackend.Provider();
    }

    @Test
    void health_startsOrStopsOrMakesNoToken_isFailing() {
        assertThat(backend.health(503, "")).isEqualTo(Health.FAILING);
    }

    @Test
    void health_keyMissing_isServing() {
        assertThat(backend.health(401, "{\"error\":\"Unauthorized\"}")).isEqualTo(Health.SERVING);
    }

    @Test
    void descriptionPaths_newestFirst_areThoseOfAllVersions() {
        assertThat(backend.descriptionPaths()).containsExactly("/server_info", "/get_server_info");
    }

    @Test
    void cacheTokens_serverInfo_isWhatTheSchedulerSays() {
        assertThat(backend.cacheTokens("{\"dp_size\":1,\"max_total_num_tokens\":131072}"))
                .hasValue(131_072);
        assertThat(backend.cacheTokens("{\"dp_size\":1}")).isEmpty();
        assertThat(backend.cacheTokens("Not Found")).isEmpty();
    }

    @Test
    void headers_rankOfAnEngine_pinsTheRequestToIt() {
        assertThat(backend.headers(NodeSpec.of("sglang", "http://node:30000@3")))
                .isEqualTo(Map.of("X-data-parallel-rank", "3"));
    }

    @Test
    void reservedNames_ofThisEngine_areThoseOfItsTransfer() {
        SglangBackend backend = new SglangBackend();

        assertThat(backend.reservedMembers())
                .containsExactlyInAnyOrder(
                        "bootstrap_host", "bootstrap_port", "bootstrap_room", "bootstrap_pair_key", "decode_tp_size");
        assertThat(backend.reservedHeaders())
                .containsExactlyInAnyOrder(
                        "X-data-parallel-rank",
                        "X-Override-Bootstrap-Host",
                        "X-Override-Bootstrap-Port",
                        "X-Override-Bootstrap-Room",
                        "X-Override-Routed-Dp-Rank",
                        "X-Override-Disagg-Prefill-Dp-Rank",
                        "X-Override-Rid",
                        "X-Override-Priority",
                        "X-Override-Conversation-Id");
    }
}
