package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static io.dlrouter.core.TestFleet.paired;
import static io.dlrouter.core.TestFleet.split;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which threads a router starts, and when they are gone. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterThreadsTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    static Stream<RouterBuilder> builders() {
        return Stream.of(over(), split(), paired());
    }

    @ParameterizedTest
    @MethodSource("builders")
    void build_noNode_startsNone(RouterBuilder builder) {
        Set<Thread> before = threads();

        fleet.router(builder);

        assertThat(startedSince(before)).isEmpty();
    }

    @Test
    void add_firstNode_isProbedFromThenOn() {
        FakeClock clock = new FakeClock();
        Router router = fleet.router(over().clock(clock));
        FakeEngine engine = fleet.engine();

        router.nodes().add(engine.node());

        eventually("it was probed", clock, Duration.ofSeconds(1), () -> engine.probesOf("/health") > 0);
    }

    @Test
    void announce_firstNode_isProbedFromThenOn() {
        FakeClock clock = new FakeClock();
        Router router = fleet.router(over().clock(clock));

        router.nodes().announce(NodeSpec.of(PlainBackend.NAME, fleet.engine().url()), Duration.ofHours(1));

        eventually(
                "it is ready",
                clock,
                Duration.ofSeconds(1),
                () -> router.describe().nodes().containsKey(NodeState.READY));
    }

    @Test
    void add_routerIsClosed_startsNone() {
        Router router = fleet.router(over());
        router.close();
        Set<Thread> before = threads();

        router.nodes().add(TestFleet.refusing());

        assertThat(startedSince(before)).isEmpty();
    }

    @Test
    void close_afterRequests_leavesNone() {
        Set<Thread> before = threads();
        Router router =
                fleet.router(over(NodeSpec.of(PlainBackend.NAME, fleet.engine().url())));
        router.route(chat()).close();
        assertThat(startedSince(before)).isNotEmpty();

        router.close();

        eventually("no thread is left", () -> startedSince(before).isEmpty());
    }

    @Test
    void close_afterSplitRequests_leavesNone() {
        Set<Thread> before = threads();
        Router router = fleet.router(
                paired(fleet.engine().node(Role.PREFILL), fleet.engine().node(Role.DECODE)));
        router.route(chat()).close();

        router.close();

        eventually("no thread is left", () -> startedSince(before).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("builders")
    void close_clockOfItsOwner_leavesNoTaskOnIt(RouterBuilder builder) {
        FakeClock clock = new FakeClock();
        Router router = fleet.router(builder.clock(clock));
        for (Role role : Role.values()) {
            router.nodes().add(fleet.engine().node(role));
        }
        router.route(chat()).close();
        assertThat(clock.untilNextTask()).isPresent();

        router.close();

        eventually("no task is left", () -> clock.untilNextTask().isEmpty());
    }

    @Test
    void close_engineDoesNotResponseItsProbe_leavesNone() throws IOException {
        Set<Thread> before = threads();
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Router router = fleet.router(over().node("http://127.0.0.1:" + silent.getLocalPort()));
            try (Socket probe = silent.accept()) {
                assertThat(new String(probe.getInputStream().readNBytes(4), US_ASCII))
                        .isEqualTo("GET ");

                router.close();

                eventually("no thread is left", () -> startedSince(before).isEmpty());
            }
        }
    }

    @Test
    void build_discoveryFailsAfterItsFirstNode_leavesNone() {
        Set<Thread> before = threads();
        PlainDiscovery discovery = new PlainDiscovery(nodes -> {
            nodes.announce(TestFleet.refusing(Role.PREFILL), Duration.ofHours(1));
            throw new IllegalStateException("test");
        });

        assertThatIllegalStateException()
                .isThrownBy(() -> discovery.in(split()).build())
                .withMessage("test");

        eventually("no thread is left", () -> startedSince(before).isEmpty());
        assertThat(discovery.closings()).isOne();
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet();
    }

    /** Those that a router makes have a name that says so. Virtual ones are not among them, and need no end. */
    private static Set<String> startedSince(Set<Thread> before) {
        return threads().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> name.startsWith("dlrouter-"))
                .collect(Collectors.toSet());
    }
}
