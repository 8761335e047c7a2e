package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MainTest {
    @Test
    void main_withRegister_startsEnginesAndMakesThemKnown() throws Exception {
        try (SimulatedEngine gateway = SimulatedEngine.builder(EngineKind.VLLM).start()) {
            gateway.inject(Fault.status(200).onPath("/nodes/add"));
            Process process = start(
                    "--kind=sglang",
                    "--count=2",
                    "--port=0",
                    "--model=a,b",
                    "--keep_alive",
                    "1s",
                    "--register",
                    gateway.url() + "/",
                    "--backend",
                    "sglang");
            try (BufferedReader out = process.inputReader(UTF_8)) {
                assertThat(out.readLine()).matches("sglang-\\d+ at http://127.0.0.1:\\d+ serves a, b");
                assertThat(out.readLine()).matches("sglang-\\d+ at http://127.0.0.1:\\d+ serves a, b");
                assertThat(gateway.awaitRequests(2, Duration.ofSeconds(10)))
                        .extracting(RecordedRequest::text)
                        .allSatisfy(body -> assertThat(body)
                                .matches("\\{\"url\":\"http://127.0.0.1:\\d+\","
                                        + "\"status\":\\{\"models\":\\[\"a\",\"b\"\\],\"role\":1\\},"
                                        + "\"backend\":\"sglang\"\\}"));
                assertThat(gateway.violations()).isEmpty();
                assertThat(process.isAlive()).isTrue();
            } finally {
                process.destroy();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --no-such   | Unknown option: '--no-such'
                    --kind=foo  | Invalid value for option '--kind': expected one of [VLLM, SGLANG, LMDEPLOY] (case-insensitive) but was 'foo'
                    --ttft=fast | Invalid value for option '--ttft': fast (expected: a number and us, ms, s or m)
                    --count=x   | Invalid value for option '--count': 'x' is not an int
                    --count=0   | count: 0 (expected: 1 or more)
                    --tokens=0  | tokens: 0 (expected: 1 or more)
                    """)
    void main_wrongOption_isOneLineAndExit2(String option, String line) throws Exception {
        Process process = start(option);

        assertThat(process.getErrorStream().readAllBytes()).asString(UTF_8).isEqualToIgnoringNewLines(line);
        assertThat(process.waitFor()).isEqualTo(2);
    }

    @Test
    void main_portTaken_isOneLineAndExit1() throws Exception {
        try (SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM).start()) {
            Process process = start("--port=" + engine.port());

            assertThat(process.getErrorStream().readAllBytes())
                    .asString(UTF_8)
                    .contains("127.0.0.1:" + engine.port())
                    .hasLineCount(1);
            assertThat(process.waitFor()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"500us, PT0.0005S", "20ms, PT0.02S", "1.5s, PT1.5S", "2m, PT2M"})
    void duration_withUnit_isRead(String text, Duration expected) {
        assertThat(DurationText.parse(text)).isEqualTo(expected);
    }

    private static Process start(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(options));
        ProcessBuilder process = new ProcessBuilder(command);
        process.environment().remove("JAVA_TOOL_OPTIONS");
        return process.start();
    }
}
