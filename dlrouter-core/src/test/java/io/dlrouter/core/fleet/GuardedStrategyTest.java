package io.dlrouter.core.fleet;

import static io.dlrouter.core.fleet.Nodes.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.core.Logged;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.plugin.Faults;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import io.dlrouter.testkit.FakeClock;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GuardedStrategyTest {
    private final LiveNode a = node("a", "m");
    private final LiveNode b = node("b", "m");
    private final RequestContext request =
            Nodes.context(TestFleet.chat("{\"model\":\"m\"}").explained(), () -> "m");

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void acquire_strategyThrowsWhereverItCan_costsNoRequestAndOneWarning(Throwable fault) {
        Pool pool = pool(new Throwing(fault));

        List<ILoggingEvent> logged = Logged.by(GuardedStrategy.class, () -> {
            acquire(pool);
            acquire(pool);
        });

        assertThat(logged).hasSize(1);
        assertThat(List.of(a.inFlight(), b.inFlight())).containsExactly(1, 1);
    }

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void update_noSelectorIsMade_nodesAreUsed(Throwable fault) {
        Pool pool = pool(nodes -> {
            throw Faults.raised(fault);
        });

        acquire(pool);
        acquire(pool);

        assertThat(List.of(a.inFlight(), b.inFlight())).containsExactly(1, 1);
    }

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void observer_throwsWhateverItHears_isPassedOver(Throwable fault) {
        SelectionObserver observer = acquire(pool(new BadListener(fault))).observer();

        List<ILoggingEvent> logged = Logged.by(GuardedStrategy.class, () -> {
            observer.firstByte(1);
            observer.counted(new Usage(1, OptionalLong.empty(), OptionalLong.empty()));
            observer.ended(2);
        });

        assertThat(logged).hasSize(1);
    }

    @Test
    void acquire_virtualMachineFailsInObserver_isThrownAndTheLeaseReleased() {
        Pool pool = pool(new RoutingStrategy() {
            @Override
            public Selector selectorFor(List<? extends Node> nodes) {
                return context -> nodes.get(0);
            }

            @Override
            public SelectionObserver observer(RoutingContext context, Node node) {
                throw new InternalError("test");
            }
        });

        assertThatExceptionOfType(InternalError.class).isThrownBy(() -> acquire(pool));

        assertThat(a.inFlight()).isZero();
    }

    private SelectedNode acquire(Pool pool) {
        return pool.acquire(request, Set.of()).orElseThrow();
    }

    private Pool pool(RoutingStrategy strategy) {
        Pool pool = new Pool(new NamedStrategy("test", strategy), Integer.MAX_VALUE, new FakeClock());
        pool.update(List.of(a, b));
        return pool;
    }

    /** A strategy all of whose methods fail, once it has made a selector. */
    private record Throwing(Throwable fault) implements RoutingStrategy, RoutingStrategy.Selector {
        @Override
        public Selector selectorFor(List<? extends Node> nodes) {
            return this;
        }

        @Override
        public void prepare(RoutingContext context) {
            throw Faults.raised(fault);
        }

        @Override
        public Map<String, Double> explain(RoutingContext context, Node node) {
            throw Faults.raised(fault);
        }

        @Override
        public Node select(RoutingContext context) {
            throw Faults.raised(fault);
        }

        @Override
        public SelectionObserver observer(RoutingContext context, Node node) {
            throw Faults.raised(fault);
        }
    }

    /** A strategy that fails whenever it is notified of a request. */
    private record BadListener(Throwable fault) implements RoutingStrategy, SelectionObserver {
        @Override
        public Selector selectorFor(List<? extends Node> nodes) {
            return context -> nodes.get(0);
        }

        @Override
        public SelectionObserver observer(RoutingContext context, Node node) {
            return this;
        }

        @Override
        public void firstByte(long nanoTime) {
            throw Faults.raised(fault);
        }

        @Override
        public void counted(Usage usage) {
            throw Faults.raised(fault);
        }

        @Override
        public void ended(long nanoTime) {
            throw Faults.raised(fault);
        }
    }
}
