package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.split;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.membership.NodeTableFile;
import io.dlrouter.testkit.FakeClock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterBuilderPrefillDecodeTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    @TempDir
    Path folder;

    private final PlainDiscovery discovery = new PlainDiscovery();

    @Test
    void build_backendThatDoesNotSplitRequests_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> over().prefillDecode().build())
                .withMessage("backend: plain (expected: one that splits requests into prefill and decode)");
    }

    @Test
    void build_twoBackends_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> split().backend(PlainBackend.OTHER).build())
                .withMessage("backend: plain,other (expected: one, because prefill and decode share a protocol)");
    }

    @Test
    void build_sameBackendTwice_isOne() {
        assertThat(fleet.router(split().backend(PlainBackend.NAME)).notReady()).isPresent();
    }

    @Test
    void discovery_noNodeConfigured_isStartedOnceAndServesWhatItFinds() {
        FakeEngine prefill = fleet.engine();
        FakeEngine decode = fleet.engine();
        Router router = fleet.router(discovery.in(split()));

        assertThat(discovery.starts()).isOne();
        discovery.nodes().announce(withoutModels(prefill).withRole(PREFILL), HOUR);
        discovery.nodes().announce(withoutModels(decode).withRole(DECODE), HOUR);
        eventually(
                "a request could be placed",
                clock,
                Duration.ofSeconds(1),
                () -> router.notReady().isEmpty());
        router.route(chat()).close();

        assertThat(prefill.requestsLeft()).isOne();
        assertThat(decode.requestsLeft()).isOne();
    }

    private static NodeSpec withoutModels(FakeEngine engine) {
        return NodeSpec.of(PlainBackend.NAME, engine.url());
    }

    @Test
    void discovery_routerIsClosed_isClosedOnce() {
        Router router = fleet.router(discovery.in(split()));
        assertThat(discovery.closings()).isZero();

        router.close();

        assertThat(discovery.closings()).isOne();
    }

    @Test
    void discovery_nodesOnlyInTheNodeTablesFile_isStarted() {
        Path file = folder.resolve("nodes.json");
        new NodeTableFile(file, new FakeClock()).write(List.of(Nodes.spec("a", "m")));

        Router router = fleet.router(discovery.in(split()).nodeTable(file));

        assertThat(discovery.starts()).isOne();
        assertThat(router.nodes().all()).hasSize(1);
    }

    @Test
    void discovery_nodesConfigured_isNotStarted() {
        Router router = fleet.router(discovery.in(split(Nodes.spec("a", "m").withRole(PREFILL))));

        router.close();

        assertThat(discovery.starts()).isZero();
        assertThat(discovery.closings()).isZero();
    }

    @Test
    void discovery_requestsServedInOnePiece_isNotStarted() {
        Router router = fleet.router(discovery.in(over()));

        router.close();

        assertThat(discovery.starts()).isZero();
        assertThat(discovery.closings()).isZero();
    }
}
