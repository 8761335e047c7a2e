package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.fleet.Nodes.spec;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeStatus;
import io.dlrouter.core.membership.FleetRegistry;
import io.dlrouter.core.membership.NodeTableFile;
import io.dlrouter.testkit.FakeClock;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An engine is what the configuration says, as a whole or rank by rank, whatever was kept of it. */
class NodeRanksRestoreTest {
    private static final NodeSpec ELSEWHERE = spec("b", "m");

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @TempDir
    Path folder;

    private NodeTableFile file;

    @BeforeEach
    void setUp() {
        file = new NodeTableFile(folder.resolve("nodes.json"), new FakeClock());
    }

    @Test
    void build_wholeEngineKeptOfWhichRanksAreConfigured_isTheRanks() {
        file.write(List.of(spec("a", "m"), ELSEWHERE));

        List<ILoggingEvent> log = Logged.by(
                FleetRegistry.class,
                () -> assertThat(built(rank(0), rank(1))).containsExactly(rank(0), rank(1), ELSEWHERE));

        assertThat(log)
                .filteredOn(event -> event.getLevel() == Level.WARN)
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage())
                        .contains("http://a:8000 ", "http://a:8000@0", "http://a:8000@1"));
        assertThat(file.read()).containsExactly(ELSEWHERE);
    }

    @Test
    void build_ranksKeptOfAnEngineThatIsConfiguredAsAWhole_isTheWhole() {
        file.write(List.of(rank(0), ELSEWHERE, rank(1)));

        assertThat(built(spec("a", "m"))).containsExactly(spec("a", "m"), ELSEWHERE);
        assertThat(file.read()).containsExactly(ELSEWHERE);
    }

    @Test
    void build_fewerRanksConfiguredThanKept_isThoseConfigured() {
        file.write(List.of(rank(0), rank(1), rank(2)));

        assertThat(built(rank(0), rank(1))).containsExactly(rank(0), rank(1));
    }

    @Test
    void build_ranksKeptOfAnEngineThatIsNotConfigured_areAllThere() {
        file.write(List.of(rank(0), rank(1)));

        List<ILoggingEvent> log = Logged.by(
                FleetRegistry.class, () -> assertThat(built(ELSEWHERE)).containsExactly(ELSEWHERE, rank(0), rank(1)));

        assertThat(log).isEmpty();
        assertThat(file.read()).containsExactly(rank(0), rank(1));
    }

    private static NodeSpec rank(int number) {
        NodeSpec engine = spec("a", "m");
        return NodeSpec.of(engine.backend(), engine.address() + "@" + number).withModels("m");
    }

    private List<NodeSpec> built(NodeSpec... configured) {
        return fleet.router(over(configured).nodeTable(folder.resolve("nodes.json"))).nodes().all().stream()
                .map(NodeStatus::spec)
                .toList();
    }
}
