package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

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

    @Test
    void main_ofP2pEngines_givesEachItsZmqPortAndRole() throws Exception {
        try (ZContext context = new ZContext();
                ZMQ.Socket router = context.createSocket(SocketType.ROUTER);
                SimulatedEngine gateway =
                        SimulatedEngine.builder(EngineKind.VLLM).start()) {
            gateway.inject(Fault.status(200).onPath("/nodes/add"));
            router.setReceiveTimeOut(10_000);
            int port = router.bindToRandomPort("tcp://127.0.0.1");
            Process process = start(
                    "--count=2",
                    "--port=0",
                    "--role=decode",
                    "--zmq-address=10.0.0.1:14579",
                    "--data-parallel-size=2",
                    "--kv-lease=1s",
                    "--heartbeat=127.0.0.1:" + port,
                    "--register=" + gateway.url());
            try {
                Set<String> identities = new HashSet<>();
                while (identities.size() < 2) {
                    identities.add(new String(router.recv(), UTF_8));
                    assertThat(router.recv()).asString(UTF_8).contains("type", "D", "10.0.0.1:145");
                }
                assertThat(identities).containsExactlyInAnyOrder("10.0.0.1:14579", "10.0.0.1:14580");
                assertThat(gateway.awaitRequests(2, Duration.ofSeconds(10)))
                        .allSatisfy(request -> assertThat(request.text()).contains("\"role\":3"));
            } finally {
                process.destroy();
            }
        }
    }

    @Test
    void main_ofAnSglangPrefillEngine_meetsADecodeEngineOfAnotherProcess() throws Exception {
        Process process = start("--kind=sglang", "--role=prefill", "--port=0", "--bootstrap-port=0", "--model=m");
        try (BufferedReader out = process.inputReader(UTF_8);
                SimulatedEngine decode = TwoLegs.engine().decode().start()) {
            URI prefill = URI.create(out.readLine().replaceFirst(".* at (\\S+) .*", "$1"));
            String info = TwoLegs.get(prefill.resolve("/server_info"));
            int port = Integer.parseInt(info.replaceFirst(".*\"disaggregation_bootstrap_port\":(\\d+).*", "$1"));
            String body = chat(TwoLegs.at(port, "5"));

            CompletableFuture<HttpResponse<String>> ofDecode = new ApiClient(decode).postAsync(CHAT, body);
            assertThat(TwoLegs.post(prefill.resolve(CHAT), body).statusCode()).isEqualTo(200);
            assertThat(ofDecode.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        } finally {
            process.destroy();
        }
    }

    @Test
    void main_ofSeveralSglangEngines_givesEachItsBootstrapPort() throws Exception {
        Process process = start("--kind=sglang", "--role=decode", "--count=2", "--port=0", "--bootstrap-port=9500");
        try (BufferedReader out = process.inputReader(UTF_8)) {
            for (int port = 9500; port <= 9501; port++) {
                URI engine = URI.create(out.readLine().replaceFirst(".* at (\\S+) .*", "$1"));

                assertThat(TwoLegs.get(engine.resolve("/server_info")))
                        .contains("\"disaggregation_bootstrap_port\":" + port + ",");
            }
        } finally {
            process.destroy();
        }
    }

    @Test
    void main_ofAnLmdeployPrefillEngine_isAsConfigured() throws Exception {
        Process process = start(
                "--kind=lmdeploy",
                "--role=prefill",
                "--port=0",
                "--tp-size=2",
                "--block-size=16",
                "--num-gpu-blocks=9",
                "--plain-engine-info",
                "--cache-owner=numeric_id",
                "--migration-time=5ms",
                "--initializing=1m");
        try (BufferedReader out = process.inputReader(UTF_8)) {
            URI engine = URI.create(out.readLine().replaceFirst(".* at (\\S+) .*", "$1"));

            assertThat(TwoLegs.get(engine.resolve(LinkedPair.INFO)))
                    .startsWith("{\"tp_size\":2,")
                    .contains("\"block_size\":16,", "\"num_gpu_blocks\":9}");
            assertThat(TwoLegs.get(engine.resolve("/health"))).contains("initializing");
        } finally {
            process.destroy();
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
                    --role=both | Invalid value for option '--role': expected one of [HYBRID, PREFILL, DECODE] (case-insensitive) but was 'both'
                    --zmq-address=a:1 | zmq address: a:1 (expected: none, the role is hybrid)
                    --kind=sglang --role=prefill --zmq-address=a:1 | zmq address: a:1 (expected: none, P2P NCCL is simulated for vllm only)
                    --heartbeat=a | address: a (expected: host:port)
                    --tp-size=0 --kind=lmdeploy | tp size: 0 (expected: 1 or more)
                    --data-parallel-size=0 | data parallel size: 0 (expected: 1 or more)
                    """)
    void main_wrongOption_isOneLineAndExit2(String option, String line) throws Exception {
        Process process = start(option.split(" ", -1));

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
