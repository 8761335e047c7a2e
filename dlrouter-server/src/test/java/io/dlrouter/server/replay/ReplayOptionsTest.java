package io.dlrouter.server.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.replay.FleetPlan.Restart;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayOptionsTest {
    @Test
    void parse_traceAlone_hasTheDefaults() {
        ReplayOptions options = ReplayOptions.parse("--trace", "t");

        assertThat(options.trace).isEqualTo(Path.of("t"));
        assertThat(options.strategies).isEmpty();
        assertThat(options.pluginPath).isEmpty();
        assertThat(options.engines).isEqualTo(8);
        assertThat(options.prefillRate).isEqualTo(8000);
        assertThat(options.timePerToken).isEqualTo(Duration.ofMillis(50));
        assertThat(options.cacheBlocks).isEqualTo(3000);
        assertThat(options.blockTokens).isEqualTo(512);
        assertThat(options.rate).isEqualTo(1);
        assertThat(options.seed).isEqualTo(1);
        assertThat(options.limit).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.joins).isEmpty();
        assertThat(options.restarts).isEmpty();
        assertThat(options.usage).isFalse();
        assertThat(options.hideCapacity).isFalse();
        assertThat(options.shareFirstHalf).isFalse();
    }

    @Test
    void parse_dashesAndLists_areRead() {
        ReplayOptions options = ReplayOptions.parse(
                "--time-per-token=20ms",
                "--strategies=random{a=1,b=2},round_robin",
                "--join",
                "10,20m",
                "--restart",
                "0@5,7@1h",
                "--rate",
                "1.3",
                "--seed=-4");

        assertThat(options.timePerToken).isEqualTo(Duration.ofMillis(20));
        assertThat(options.strategies).containsExactly("random{a=1,b=2}", "round_robin");
        assertThat(options.joins).containsExactly(Duration.ofSeconds(10), Duration.ofMinutes(20));
        assertThat(options.restarts)
                .containsExactly(new Restart(0, Duration.ofSeconds(5)), new Restart(7, Duration.ofHours(1)));
        assertThat(options.rate).isEqualTo(1.3);
        assertThat(options.seed).isEqualTo(-4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--rate 0 | rate: 0 (expected: a number, 0.001 to 1000)",
                "--rate 3s | rate: 3s (expected: a number, 0.001 to 1000)",
                "--engines 0 | engines: 0 (expected: a whole number above 0)",
                "--seed x | seed: x (expected: a whole number)",
                "--join 0 | join: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "--restart 5 | restart: 5 (expected: the number of an engine and a time, such as 0@20m)",
                "--restart x@5 | restart: x@5 (expected: a whole number, 0 or more)",
                "--bogus | --bogus: unknown option (expected: one that --help lists)",
                "--csv | csv: no value (expected: <file>)",
                "--plugin_path x | plugin_path: x (expected: a jar, or a directory of jars)",
            })
    void parse_invalid_messageHasOptionValueAndExpectation(String arguments, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplayOptions.parse(arguments.split(" ", -1)))
                .withMessage(message);
    }

    @Test
    void requests_noTrace_isAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplayOptions.parse().requests())
                .withMessage("trace: no value (expected: <file>)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplayOptions.parse("--trace=/none").requests())
                .withMessageStartingWith("trace: /none (expected: a file that can be read");
    }

    @Test
    void helpText_namesEveryOptionAndWhatItIsFor() {
        assertThat(ReplayOptions.parse("--help").helpText())
                .startsWith("Usage: dlrouter replay --trace <file> [options]")
                .contains("--restart=<engine@time,...>", "(default: 8000)", "--plot=<file>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--csv=/none/out.csv  | csv: /none/out.csv (expected: a file in a folder that exists)",
                "--plot=/none/out.svg | plot: /none/out.svg (expected: a file in a folder that exists)",
                "--plot=out.png       | plot: out.png (expected: a name that ends with .svg)",
            })
    void parse_invalidFile_isRejectedBeforeAnythingRuns(String option, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplayOptions.parse("--trace=t", option))
                .withMessage(message);
    }
}
