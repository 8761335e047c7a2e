package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.fleet.Nodes.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Router;
import io.dlrouter.core.membership.NodeTableFile;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What of the nodes is to be found again after a restart. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodePersistenceTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void setUp() {
        file = folder.resolve("nodes.json");
    }

    @Test
    void add_newAndKnownNodes_areFoundAgain() {
        Router router = router();
        router.nodes().add(spec("a", "m"));
        router.nodes().add(spec("b", "m"));
        router.nodes().add(spec("a", "m").withSpeed(2));

        assertThat(afterRestart()).containsExactlyInAnyOrder(spec("a", "m").withSpeed(2), spec("b", "m"));
    }

    @Test
    void remove_node_isNotFoundAgain() {
        Router router = router();
        router.nodes().add(spec("a", "m"));
        router.nodes().add(spec("b", "m"));

        router.nodes().remove(spec("a").address());

        assertThat(afterRestart()).containsExactly(spec("b", "m"));
    }

    @Test
    void drain_nodeWithRequests_isNotFoundAgain() {
        FakeEngine engine = fleet.engine();
        Router router = router();
        router.nodes().add(engine.node());

        try (InferenceResponse open = router.route(chat())) {
            router.nodes().drain(open.servedBy().address());
            router.nodes().add(spec("b", "m"));

            assertThat(afterRestart()).containsExactly(spec("b", "m"));
        }
    }

    @Test
    void add_nodeOfTheConfiguration_isNotKept() {
        Router router = router(spec("a", "m"));
        router.nodes().add(spec("a", "m").withSpeed(2));
        router.nodes().add(spec("b", "m"));

        assertThat(afterRestart()).containsExactly(spec("b", "m"));
    }

    @Test
    void build_nodeInConfigurationAndFile_isAsConfigured() {
        router().nodes().add(spec("a", "m").withSpeed(2));

        assertThat(specs(router(spec("c", "m"), spec("a", "n")))).containsExactly(spec("c", "m"), spec("a", "n"));
    }

    @Test
    void build_nodeOfABackendThatIsNotServed_isLeftOut() {
        new NodeTableFile(file, new FakeClock()).write(List.of(NodeSpec.of("vllm", "http://a:1"), spec("b", "m")));

        assertThat(specs(router())).containsExactly(spec("b", "m"));
    }

    @Test
    void build_unreadableFile_startsWithTheConfiguration() throws IOException {
        Files.writeString(file, "{");

        assertThat(specs(router(spec("a", "m")))).containsExactly(spec("a", "m"));
    }

    @Test
    void build_nodeOfTheFileWithoutModels_isStarting() {
        new NodeTableFile(file, new FakeClock()).write(List.of(spec("a")));

        assertThat(router().nodes().all()).extracting(node -> node.state()).containsExactly(NodeState.STARTING);
    }

    @Test
    void change_fileCannotBeWritten_isNotMade() throws IOException {
        Router router = router();
        router.nodes().add(spec("a", "m"));
        Files.createDirectory(folder.resolve("nodes.json.new"));

        assertNotMade(() -> router.nodes().add(spec("b", "m")));
        assertNotMade(() -> router.nodes().add(spec("a", "n")));
        assertNotMade(() -> router.nodes().remove(spec("a").address()));
        assertNotMade(() -> router.nodes().drain(spec("a").address()));

        assertThat(specs(router)).containsExactly(spec("a", "m"));
        assertThat(router.nodes().all()).extracting(node -> node.state()).containsExactly(NodeState.READY);
    }

    private static void assertNotMade(Runnable change) {
        assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(change::run);
    }

    @Test
    void add_manyAtOnce_areAllFoundAgain() throws Exception {
        Router router = router();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<?>> added = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            NodeSpec node = spec("node-" + i, "m");
            added.add(threads.submit(() -> router.nodes().add(node)));
        }
        for (Future<?> one : added) {
            one.get(30, TimeUnit.SECONDS);
        }
        threads.shutdown();

        assertThat(afterRestart()).hasSize(40).containsExactlyElementsOf(specs(router));
    }

    private Router router(NodeSpec... configured) {
        return fleet.router(over(configured).nodeTable(file));
    }

    private List<NodeSpec> afterRestart() {
        return specs(router());
    }

    private static List<NodeSpec> specs(Router router) {
        return router.nodes().all().stream().map(node -> node.spec()).toList();
    }
}
