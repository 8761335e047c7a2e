package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineInfoTest {
    private static final String INFO = "{\"tp_size\":4, \"ep_size\":1,\"dp_size\":1,\"pp_size\":null,\"dp_rank\":0,"
            + "\"block_size\":64,\"num_cpu_blocks\":0,\"num_gpu_blocks\":1234,\"base\":18446744073709551615}";
    private static final EngineInfo READ = new EngineInfo(INFO, 4, 64, 1234);

    @Test
    void parse_stringOfAnObject_keepsItsText() {
        assertThat(EngineInfo.parse("\"" + INFO.replace("\"", "\\\"") + "\"\n")).isEqualTo(READ);
    }

    @Test
    void parse_object_keepsItsText() {
        assertThat(EngineInfo.parse(" " + INFO + "\n")).isEqualTo(READ);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tp_size",
                "ep_size",
                "dp_size",
                "pp_size",
                "dp_rank",
                "block_size",
                "num_cpu_blocks",
                "num_gpu_blocks"
            })
    void parse_memberMissing_isNamed(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EngineInfo.parse(INFO.replace("\"" + name + "\"", "\"other\"")))
                .withMessage(name + ": none (expected: a PyTorch engine's)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "\"\"", "\"text\"", "[]", "Internal Server Error", "\"{\\\"tp_size\\\":1"})
    void parse_somethingElse_isRefused(String response) {
        assertThatIllegalArgumentException().isThrownBy(() -> EngineInfo.parse(response));
    }

    @Test
    void parse_sizeThatIsNoNumber_isShown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EngineInfo.parse(INFO.replace(":64", ":\"64\"")))
                .withMessage("block_size: \"64\" (expected: a number)");
    }

    @Test
    void mismatch_sameSizes_isNone() {
        assertThat(EngineInfo.mismatch(READ, new EngineInfo("{}", 4, 64, 1))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "2; 64; 9; tp_size: 4 of prefill, 2 of decode (expected: the same)",
                "4; 32; 9; block_size: 64 of prefill, 32 of decode (expected: the same)",
                "4; 64; 0; num_gpu_blocks: 1234 of prefill, 0 of decode (expected: more than 0)",
                "4; 64; -1; num_gpu_blocks: 1234 of prefill, -1 of decode (expected: more than 0)",
            })
    void mismatch_otherSizes_saysWhich(long tpSize, long blockSize, long gpuBlocks, String expected) {
        assertThat(EngineInfo.mismatch(READ, new EngineInfo("{}", tpSize, blockSize, gpuBlocks)))
                .contains(expected);
    }
}
