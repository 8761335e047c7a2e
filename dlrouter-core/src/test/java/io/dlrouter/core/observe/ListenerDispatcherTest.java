package io.dlrouter.core.observe;

import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Router;
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.RecordedEvents;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.plugin.Faults;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of requests whose listeners fail. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ListenerDispatcherTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final RecordedEvents recorded = new RecordedEvents();
    private final FakeEngine engine = fleet.engine();

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void route_listenerThrows_requestIsServedAndTheNextListenerHears(Throwable fault) throws Exception {
        Router router = fleet.router(
                over(engine.node()).listener(new ThrowingListener(fault)).listener(recorded));

        try (InferenceResponse response = router.route(chat())) {
            response.body().readAllBytes();
        }

        assertThat(recorded.events()).contains("placed hybrid 1 by round_robin", "ended hybrid 1 COMPLETED 200");
        assertThat(recorded.request().outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(recorded.nodes()).contains("new READY");
    }

    @Test
    void route_virtualMachineFailsAsItIsLeased_leaseIsReleased() {
        Router router = fleet.router(over(engine.node()).listener(new RouterListener() {
            @Override
            public void attemptStarted(Attempt attempt, Duration waited) {
                throw new InternalError("test");
            }
        }));

        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> router.route(chat()));

        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void route_virtualMachineFailsAtTheFirstByte_leaseIsReleased() {
        Router router = fleet.router(over(engine.node()).listener(new RouterListener() {
            @Override
            public void firstByte(Attempt attempt, Duration elapsed) {
                throw new InternalError("test");
            }
        }));

        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> router.route(chat()));

        assertThat(TestFleet.inFlight(router)).isZero();
    }

    /** A listener that fails all along the way of a request. */
    private record ThrowingListener(Throwable fault) implements RouterListener {
        @Override
        public void nodeChanged(NodeStatus node, Optional<NodeState> before) {
            throw Faults.raised(fault);
        }

        @Override
        public void attemptStarted(Attempt attempt, Duration waited) {
            throw Faults.raised(fault);
        }

        @Override
        public void firstByte(Attempt attempt, Duration elapsed) {
            throw Faults.raised(fault);
        }

        @Override
        public void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
            throw Faults.raised(fault);
        }

        @Override
        public void completed(RoutedRequest request) {
            throw Faults.raised(fault);
        }
    }
}
