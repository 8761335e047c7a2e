package io.dlrouter.core;

import static io.dlrouter.core.TestFleet.chat;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a builder takes as objects in place of names. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterBuilderInstancesTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @Test
    void build_backendAndStrategyOfTheCallers_areUsedUnderTheirNames() throws Exception {
        FakeEngine first = fleet.engine();
        FakeEngine second = fleet.engine();
        RoutingStrategy last = nodes -> context -> nodes.get(nodes.size() - 1);
        Router router = fleet.opened(new RouterBuilder()
                .backend(new PlainBackend())
                .strategy("last", () -> last)
                .node(first.node())
                .node(second.node())
                .build());

        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.servedBy()).isEqualTo(second.node());
        }
        assertThat(router.describe().backends()).containsExactly(PlainBackend.NAME);
        assertThat(router.describe().strategies().values()).containsOnly("last");
    }

    @Test
    void build_nameOfAStrategyOnTheClassPath_isTheCallersStrategy() {
        FakeEngine first = fleet.engine();
        Router router = fleet.opened(new RouterBuilder()
                .backend(new PlainBackend())
                .strategy("round_robin", () -> nodes -> context -> nodes.get(0))
                .node(first.node())
                .node(fleet.engine().node())
                .build());

        for (int i = 0; i < 3; i++) {
            try (InferenceResponse response = router.route(chat())) {
                assertThat(response.servedBy()).isEqualTo(first.node());
            }
        }
    }

    @Test
    void build_threadFactory_makesTheRoutersThreads() throws Exception {
        Queue<String> made = new ConcurrentLinkedQueue<>();
        Router router = fleet.opened(new RouterBuilder()
                .backend(new PlainBackend())
                .node(fleet.engine().node())
                .threadFactory(task -> {
                    Thread thread = new Thread(task, "own-" + made.size());
                    thread.setDaemon(true);
                    made.add(thread.getName());
                    return thread;
                })
                .build());

        router.route(chat()).close();

        assertThat(List.copyOf(made)).isNotEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("dlrouter-probe"));
    }
}
