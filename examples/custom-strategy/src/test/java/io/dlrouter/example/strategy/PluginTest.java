package io.dlrouter.example.strategy;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The strategy in a gateway that is given its jar. */
@Timeout(60)
class PluginTest {
    private static final Path CLASSES = Path.of(URI.create(
            ZoneFirst.class.getProtectionDomain().getCodeSource().getLocation().toString()));
    private static final String CLASS_PATH = Stream.of(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.equals(CLASSES.toString()))
            .collect(joining(File.pathSeparator));
    private static final Pattern LISTENS = Pattern.compile("listens on (\\S+)");
    private static final int REQUESTS = 6;

    @TempDir
    Path folder;

    private Path jar = Path.of("");

    @BeforeEach
    void packJar() throws IOException {
        jar = folder.resolve("custom-strategy.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                pack(file, out);
            }
        }
    }

    private static void pack(Path file, JarOutputStream out) throws IOException {
        out.putNextEntry(new ZipEntry(CLASSES.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, (OutputStream) out);
    }

    @Test
    void gateway_jarOnThePluginPath_routesByTheStrategy() throws Exception {
        assertThatNearNodeServesAll(CLASS_PATH, "--plugin_path", jar.toString());
    }

    @Test
    void gateway_directoryOnThePluginPath_routesByTheStrategy() throws Exception {
        assertThatNearNodeServesAll(CLASS_PATH, "--plugin_path", folder.toString());
    }

    @Test
    void gateway_jarOnTheClassPath_routesByTheStrategy() throws Exception {
        assertThatNearNodeServesAll(CLASS_PATH + File.pathSeparator + jar);
    }

    @Test
    void gateway_withoutTheJar_doesNotKnowTheStrategy() throws Exception {
        Process gateway = start(CLASS_PATH, "--routing_strategy", "zone_first");

        assertThat(gateway.waitFor()).isEqualTo(2);
        assertThat(gateway.errorReader().readLine())
                .startsWith("dlrouter: routing_strategy: zone_first (expected: consistent_hash, ");
    }

    @Test
    void replay_jarOnThePluginPath_comparesTheStrategy() throws Exception {
        Path trace = Files.writeString(
                folder.resolve("trace"),
                "{\"timestamp\": 0, \"input_length\": 9, \"output_length\": 1, \"hash_ids\": [0]}\n");
        Process replay = start(
                CLASS_PATH,
                "replay",
                "--plugin_path=" + jar,
                "--trace=" + trace,
                "--strategies=zone_first{zone_hosts=127.},round_robin");

        assertThat(replay.inputReader().lines())
                .anyMatch(line -> line.startsWith("| zone_first{zone_hosts=127.} |"))
                .anyMatch(line -> line.startsWith("| round_robin "));
        assertThat(replay.waitFor()).isZero();
    }

    private static void assertThatNearNodeServesAll(String classPath, String... arguments) throws Exception {
        try (SimulatedEngine far = engine();
                SimulatedEngine near = engine()) {
            String nodes = far.url().replace("127.0.0.1", "localhost") + "," + near.url();
            List<String> line = new ArrayList<>(List.of(arguments));
            line.addAll(List.of("--server_name", "127.0.0.1", "--server_port", "0", "--disable_cache_status"));
            line.addAll(List.of("--backend", "vllm", "--node_urls", nodes, "--routing_strategy", "zone_first"));
            line.addAll(List.of("--option", "zone_hosts=127.", "--option", "zone_penalty=9"));
            Process gateway = start(classPath, line.toArray(String[]::new));
            try {
                String url = url(gateway);
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(chat(url)).isEqualTo(200);
                }
            } finally {
                gateway.destroyForcibly();
            }

            assertThat(near.requests("/v1/chat/completions")).hasSize(REQUESTS);
            assertThat(far.requests("/v1/chat/completions")).isEmpty();
        }
    }

    private static SimulatedEngine engine() throws IOException {
        return SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(1).start();
    }

    private static Process start(String classPath, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                "io.dlrouter.server.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    /** Where it listens, once it does and both nodes are ready. */
    private static String url(Process gateway) throws IOException {
        BufferedReader log = gateway.errorReader();
        String url = "";
        int ready = 0;
        while (url.isEmpty() || ready < 2) {
            String line = log.readLine();
            if (line == null) {
                throw new IOException("The gateway ended before it could serve");
            }
            Matcher listens = LISTENS.matcher(line);
            url = listens.find() ? listens.group(1) : url;
            ready += line.contains("is now READY") ? 1 : 0;
        }
        return url;
    }

    private static int chat(String gateway) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway + "/v1/chat/completions"))
                .POST(BodyPublishers.ofString(
                        "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, BodyHandlers.discarding())
                .statusCode();
    }
}
