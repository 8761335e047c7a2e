package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.backend.lmdeploy.LmdeployOptions.LinkType;
import io.dlrouter.backend.lmdeploy.LmdeployOptions.MigrationProtocol;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LmdeployOptionsTest {

    @Test
    void of_none_areTheDefaults() {
        assertThat(LmdeployOptions.of(Map.of("model", "of others")))
                .isEqualTo(new LmdeployOptions(MigrationProtocol.RDMA, LinkType.ROCE, true, false));
    }

    @Test
    void of_all_areReadWhateverTheirCase() {
        Map<String, String> options = Map.of(
                "migration_protocol", "nvLink",
                "link_type", "ib",
                "with_gdr", "false",
                "dummy_prefill", "true");

        assertThat(LmdeployOptions.of(options))
                .isEqualTo(new LmdeployOptions(MigrationProtocol.NVLINK, LinkType.IB, false, true));
        assertThat(LmdeployOptions.of(Map.of("link_type", "ROCE")).linkType()).isEqualTo(LinkType.ROCE);
    }

    @ParameterizedTest
    @CsvSource({
        "migration_protocol, TCP, RDMA or NVLINK",
        "migration_protocol, '', RDMA or NVLINK",
        "migration_protocol, 2, RDMA or NVLINK",
        "link_type, Ethernet, RoCE or IB",
        "with_gdr, yes, true or false",
        "dummy_prefill, 1, true or false",
    })
    void of_valueWithoutMeaning_saysWhatWasExpected(String name, String value, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LmdeployOptions.of(Map.of(name, value)))
                .withMessage(name + ": " + value + " (expected: " + expected + ")");
    }
}
