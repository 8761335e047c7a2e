package io.dlrouter.core.membership;

import static java.nio.file.Files.readString;
import static java.nio.file.Files.writeString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.core.Logged;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeTableFileTest {
    private static final NodeSpec PLAIN = Nodes.spec("a");
    private static final NodeSpec FULL = NodeSpec.of("vllm", "https://b.example:8443/engine@3")
            .withRole(Role.PREFILL)
            .withModels("m", "größe \"模型\"")
            .withSpeed(1.5)
            .withZmqAddress("10.0.0.1:30001")
            .withBootstrapPort(8999);

    @TempDir
    Path folder;

    private Path path;
    private NodeTableFile file;

    @BeforeEach
    void setUp() {
        path = folder.resolve("state/dlrouter/nodes.json");
        file = new NodeTableFile(path, new FakeClock());
    }

    @Test
    void read_noFile_isEmpty() {
        assertThat(file.read()).isEmpty();
    }

    @Test
    void write_anyNodes_areReadAsTheyWere() {
        file.write(List.of(PLAIN, FULL));

        assertThat(file.read()).containsExactly(PLAIN, FULL);
    }

    @Test
    void write_overAnotherTable_replacesItWhole() {
        file.write(List.of(PLAIN, FULL));
        file.write(List.of(FULL));
        assertThat(file.read()).containsExactly(FULL);

        file.write(List.of());
        assertThat(file.read()).isEmpty();
    }

    @Test
    void write_anyNodes_leavesNothingBesideTheFile() throws IOException {
        file.write(List.of(PLAIN));

        assertThat(siblings()).containsExactly("nodes.json");
    }

    @Test
    void write_aNode_keepsItsDescriptionOnly() throws IOException {
        file.write(List.of(FULL));

        assertThat(readString(path)).isEqualTo("""
                        {
                          "nodes": [
                            {
                              "url": "https://b.example:8443/engine@3",
                              "backend": "vllm",
                              "role": "PREFILL",
                              "models": [
                                "m",
                                "größe \\"模型\\""
                              ],
                              "speed": 1.5,
                              "zmq_address": "10.0.0.1:30001",
                              "bootstrap_port": 8999
                            }
                          ]
                        }""");
    }

    @Test
    void write_placeAsideIsTaken_throwsAndLeavesTheFile() throws IOException {
        file.write(List.of(PLAIN));
        Files.createDirectory(path.resolveSibling("nodes.json.new"));

        assertThatExceptionOfType(UncheckedIOException.class)
                .isThrownBy(() -> file.write(List.of(FULL)))
                .withMessageContaining(path.toString());
        assertThat(file.read()).containsExactly(PLAIN);
    }

    @Test
    void file_folderCannotBeMade_isRefused() throws IOException {
        writeString(folder.resolve("occupied"), "a file");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NodeTableFile(folder.resolve("occupied/nodes.json"), new FakeClock()))
                .withMessageContaining("config_path: " + folder.resolve("occupied/nodes.json"));
    }

    @Test
    void file_isAFolder_isRefusedAndLeftAlone() {
        assertThatIllegalArgumentException().isThrownBy(() -> new NodeTableFile(folder, new FakeClock()));
        assertThat(folder).isDirectory();
    }

    @Test
    void read_leftoverOfAnInterruptedWrite_isNotLookedAt() throws IOException {
        file.write(List.of(PLAIN));
        writeString(path.resolveSibling("nodes.json.new"), "{\"nodes\":[");

        assertThat(file.read()).containsExactly(PLAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{\"nodes\":[",
                "[]",
                "{}",
                "{\"nodes\":[]} and more",
                "{\"nodes\":[null]}",
                "{\"nodes\":[{}]}",
                "{\"nodes\":[{\"url\":\"ftp://a\",\"backend\":\"vllm\",\"role\":\"HYBRID\",\"models\":[]}]}",
                "{\"nodes\":[{\"url\":\"http://a:1\",\"backend\":\"vllm\",\"role\":\"KING\",\"models\":[]}]}",
                "{\"nodes\":[{\"url\":\"http://a:1\",\"backend\":\"vllm\",\"role\":\"HYBRID\"}]}",
                "{\"nodes\":[{\"url\":\"http://a:1\",\"role\":\"HYBRID\",\"models\":[]}]}",
                "{\"nodes\":[{\"url\":\"http://a:1\",\"backend\":\"vllm\",\"role\":\"HYBRID\",\"models\":[],\"speed\":-1}]}",
            })
    void read_unreadable_isKeptAsideAndReported(String content) throws IOException {
        Files.createDirectories(path.getParent());
        writeString(path, content);

        List<ILoggingEvent> events =
                Logged.by(NodeTableFile.class, () -> assertThat(file.read()).isEmpty());

        assertThat(path).doesNotExist();
        assertThat(siblings())
                .singleElement()
                .satisfies(name -> assertThat(name).matches("nodes\\.json\\.unreadable-\\d+"));
        assertThat(path.resolveSibling(siblings().get(0))).hasContent(content);
        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage())
                    .contains(path.toString(), siblings().get(0));
        });
    }

    @Test
    void read_nodeWithTheUrlOfItsApi_isLeftOutAndReported() throws IOException {
        file.write(List.of(PLAIN));
        String entry = "{\"url\":\"http://a:1/v1@2\",\"backend\":\"vllm\",\"role\":\"HYBRID\",\"models\":[]},{";
        writeString(path, Files.readString(path).replaceFirst("\\{(?=\\s*\"url)", entry));

        List<ILoggingEvent> events =
                Logged.by(NodeTableFile.class, () -> assertThat(file.read()).containsExactly(PLAIN));

        assertThat(events)
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage()).contains("http://a:1/v1@2"));
        assertThat(path).exists();
    }

    @Test
    void read_notUtf8_isKeptAside() throws IOException {
        Files.createDirectories(path.getParent());
        Files.write(path, new byte[] {'"', (byte) 0xC3, '"'});

        assertThat(file.read()).isEmpty();
        assertThat(path).doesNotExist();
    }

    private List<String> siblings() throws IOException {
        try (Stream<Path> files = Files.list(path.getParent())) {
            return files.map(found -> found.getFileName().toString()).toList();
        }
    }
}
