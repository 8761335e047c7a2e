package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.strategy.WeightedRandom;
import io.dlrouter.spi.RoutingStrategy;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway as a process of its own. */
final class MainTest {
    @Test
    void version_requested_isPrinted() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start("--version")) {
            assertThat(gateway.exitStatus()).isZero();
            assertThat(gateway.output()).startsWith("dlrouter ").hasLineCount(1);
        }
    }

    @Test
    void help_requested_isPrintedThoughTheRestIsIncomplete() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start("--help", "--ssl", "--backend", "sglang")) {
            assertThat(gateway.exitStatus()).isZero();
            assertThat(gateway.output()).contains("--prefill_bootstrap_ports");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--bogus",
                "--server_port=x",
                "--routing_strategy=x",
                "--ssl",
                "--prefill_urls=http://p",
                "--plugin_path=/not/there"
            })
    void configuration_wrong_isOneLineAndExit2(String argument) throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(argument)) {
            assertThat(gateway.exitStatus()).isEqualTo(2);
            assertThat(gateway.log()).hasSize(1).first().asString().startsWith("dlrouter: ");
        }
    }

    @Test
    void plugin_namedAsOneOfTheRoutersOwn_isOneLineWithBothAndExit2(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("twin.jar");
        try (JarOutputStream services = new JarOutputStream(Files.newOutputStream(jar))) {
            services.putNextEntry(new ZipEntry("META-INF/services/" + RoutingStrategy.Provider.class.getName()));
            services.write(Twin.class.getName().getBytes(UTF_8));
        }

        try (GatewayProcess gateway = GatewayProcess.start("--plugin_path", folder.toString())) {
            assertThat(gateway.exitStatus()).isEqualTo(2);
            assertThat(gateway.log())
                    .singleElement()
                    .asString()
                    .startsWith("dlrouter: routing_strategy: random is the name of both ")
                    .contains(WeightedRandom.Provider.class.getName(), Twin.class.getName());
        }
    }

    /** A plug-in whose name is taken. */
    public static final class Twin implements RoutingStrategy.Provider {
        @Override
        public String name() {
            return "random";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return nodes -> context -> nodes.get(0);
        }
    }

    @Test
    void port_inUse_isOneLineAndExit1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0);
                GatewayProcess gateway =
                        GatewayProcess.start("--disable_cache_status", "--server_port", "" + taken.getLocalPort())) {
            assertThat(gateway.exitStatus()).isEqualTo(1);
            assertThat(gateway.log())
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("dlrouter: cannot listen on 0.0.0.0:" + taken.getLocalPort() + ": ");
        }
    }

    @Test
    void start_configured_logsItsUrlAndItsConfiguration() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.start(
                "--server_name=127.0.0.1",
                "--server_port=0",
                "--backend=vllm",
                "--disable_cache_status",
                "--node_urls=http://127.0.0.1:9")) {
            assertThat(gateway.url()).startsWith("http://127.0.0.1:");
            assertThat(gateway.log())
                    .anySatisfy(line -> assertThat(line)
                            .contains("(hybrid, backend vllm, strategy min_expected_latency, nodes: 1 "));
        }
    }
}
