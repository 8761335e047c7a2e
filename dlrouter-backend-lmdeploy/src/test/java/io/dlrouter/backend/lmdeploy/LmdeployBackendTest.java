package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.Role;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendAdapter.Health;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.testkit.BackendAdapterContract;
import io.dlrouter.testkit.FakeClock;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LmdeployBackendTest extends BackendAdapterContract {
    private final LmdeployBackend backend = new LmdeployBackend();

    @Override
    protected BackendAdapter.Provider provider() {
        return new LmdeployBackend.Provider();
    }

    @Test
    void cacheTokens_engineInfo_isBlocksTimesTheirSize() {
        String info = "{\\\"tp_size\\\":1,\\\"ep_size\\\":1,\\\"dp_size\\\":1,\\\"pp_size\\\":null,\\\"dp_rank\\\":0,"
                + "\\\"block_size\\\":64,\\\"num_cpu_blocks\\\":0,\\\"num_gpu_blocks\\\":1234}";

        assertThat(backend.cacheTokens("\"" + info + "\"")).hasValue(64 * 1234);
        assertThat(backend.cacheTokens("{\"block_size\":64}")).isEmpty();
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

    @Test
    void health_newWordWith200_isServing() {
        assertThat(backend.health(200, "{\"status\":\"degraded\"}")).isEqualTo(Health.SERVING);
    }

    @Test
    void health_keyMissing_isServing() {
        assertThat(backend.health(401, "{\"error\":\"Unauthorized\"}")).isEqualTo(Health.SERVING);
    }

    @Test
    void prefillDecode_options_areTheProtocols() {
        assertThat(backend.prefillDecode())
                .get()
                .extracting(PdProtocol::roles)
                .isEqualTo(Set.of(Role.PREFILL, Role.DECODE));
        assertThat(provider().create(Map.of("dummy_prefill", "true")).prefillDecode())
                .get()
                .extracting(PdProtocol::roles)
                .isEqualTo(Set.of(Role.DECODE));
    }

    @Test
    void links_eachTime_areOthers() {
        NodeClient client = new ScriptedClient();
        RouterClock clock = new FakeClock();

        assertThat(backend.links(client, clock)).isPresent().isNotEqualTo(backend.links(client, clock));
    }

    @Test
    void links_withoutPrefill_areNone() {
        assertThat(provider().create(Map.of("dummy_prefill", "true")).links(new ScriptedClient(), new FakeClock()))
                .isEmpty();
    }

    @Test
    void provider_optionWithoutMeaning_saysWhatWasExpected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider().create(Map.of("migration_protocol", "TCP")))
                .withMessage("migration_protocol: TCP (expected: RDMA or NVLINK)");
    }

    @Test
    void reservedNames_ofThisEngine_areThoseOfItsTransfer() {
        LmdeployBackend backend = new LmdeployBackend();

        assertThat(backend.reservedMembers())
                .containsExactlyInAnyOrder("migration_request", "with_cache", "preserve_cache");
        assertThat(backend.reservedHeaders())
                .containsExactlyInAnyOrder("X-data-parallel-rank", "x-lmdeploy-distserve-proxy");
    }
}
