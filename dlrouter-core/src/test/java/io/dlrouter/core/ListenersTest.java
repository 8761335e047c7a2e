package io.dlrouter.core;

import static io.dlrouter.core.Fleet.chat;
import static io.dlrouter.core.Fleet.over;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Router;
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
class ListenersTest {
    @RegisterExtension
    final Fleet fleet = new Fleet();

    private final Heard heard = new Heard();
    private final FakeEngine engine = fleet.engine();

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void route_listenerThrows_requestIsServedAndTheNextListenerHears(Throwable fault) throws Exception {
        Router router = fleet.router(
                over(engine.node()).listener(new ThrowingListener(fault)).listener(heard));

        try (InferenceResponse answer = router.route(chat())) {
            answer.body().readAllBytes();
        }

        assertThat(heard.events()).contains("placed hybrid 1 by round_robin", "ended hybrid 1 COMPLETED 200");
        assertThat(heard.request().outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(heard.nodes()).contains("new READY");
    }

    @Test
    void route_virtualMachineFailsAsItIsPlaced_placeIsGivenBack() {
        Router router = fleet.router(over(engine.node()).listener(new RouterListener() {
            @Override
            public void placed(Attempt attempt, Duration waited) {
                throw new InternalError("test");
            }
        }));

        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> router.route(chat()));

        assertThat(Fleet.inFlight(router)).isZero();
    }

    @Test
    void route_virtualMachineFailsAtTheFirstByte_placeIsGivenBack() {
        Router router = fleet.router(over(engine.node()).listener(new RouterListener() {
            @Override
            public void firstByte(Attempt attempt, Duration elapsed) {
                throw new InternalError("test");
            }
        }));

        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> router.route(chat()));

        assertThat(Fleet.inFlight(router)).isZero();
    }

    /** A listener that fails all along the way of a request. */
    private record ThrowingListener(Throwable fault) implements RouterListener {
        @Override
        public void nodeChanged(NodeStatus node, Optional<NodeState> before) {
            throw Faults.raised(fault);
        }

        @Override
        public void placed(Attempt attempt, Duration waited) {
            throw Faults.raised(fault);
        }

        @Override
        public void firstByte(Attempt attempt, Duration elapsed) {
            throw Faults.raised(fault);
        }

        @Override
        public void ended(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
            throw Faults.raised(fault);
        }

        @Override
        public void completed(RoutedRequest request) {
            throw Faults.raised(fault);
        }
    }
}
