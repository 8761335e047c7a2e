package io.dlrouter.core.fleet;

import io.dlrouter.core.plugin.ForeignCode;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy.Selector;
import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps the strategy of a pool, so that its exceptions fail no request: the node with the fewest requests in flight is
 * selected instead. Used under the lock of the pool, except {@link #prepare} and the observers.
 */
final class GuardedStrategy {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedStrategy.class);

    private static final Selector UNPREPARED = context -> {
        throw new IllegalStateException("it returned no selector for these nodes");
    };

    private final NamedStrategy strategy;
    private final AtomicBoolean failedBefore = new AtomicBoolean();

    GuardedStrategy(NamedStrategy strategy) {
        this.strategy = strategy;
    }

    /** The name in the configuration. */
    String name() {
        return strategy.name();
    }

    Selector selectorFor(List<LiveNode> nodes) {
        return guarded(() -> strategy.rule().selectorFor(nodes), () -> UNPREPARED);
    }

    void prepare(Selector selector, RoutingContext context) {
        told(() -> selector.prepare(context));
    }

    /** @param nodes the membership of the selector */
    LiveNode select(Selector selector, RoutingContext context, List<LiveNode> nodes) {
        return guarded(() -> member(selector.select(context), nodes), () -> fewestInFlight(nodes));
    }

    /** The node that is selected when a strategy fails. */
    static <N extends Node> N fewestInFlight(List<N> nodes) {
        return Collections.min(nodes, Comparator.comparingInt(Node::inFlight));
    }

    private LiveNode member(Node chosen, List<LiveNode> nodes) {
        if (chosen instanceof LiveNode live && nodes.contains(live)) {
            return live;
        }
        throw new IllegalStateException("it selected " + chosen + " (expected: one of " + nodes + ")");
    }

    Map<String, Double> explain(Selector selector, RoutingContext context, LiveNode node) {
        return guarded(() -> Map.copyOf(selector.explain(context, node)), Map::of);
    }

    SelectionObserver observer(RoutingContext context, LiveNode node) {
        SelectionObserver observer =
                guarded(() -> strategy.rule().observer(context, node), () -> SelectionObserver.NONE);
        return observer == SelectionObserver.NONE ? observer : new GuardedObserver(observer);
    }

    private <T> T guarded(Supplier<T> call, Supplier<T> otherwise) {
        try {
            return call.get();
        } catch (Throwable e) {
            failed(ForeignCode.endured(e));
            return otherwise.get();
        }
    }

    private void told(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            failed(ForeignCode.endured(e));
        }
    }

    private void failed(Throwable e) {
        if (failedBefore.compareAndSet(false, true)) {
            LOG.warn(
                    "The routing strategy {} ({}) failed; where it does, the node with the fewest requests in flight is"
                            + " taken, and its next failures are logged at DEBUG",
                    name(),
                    strategy.rule().getClass().getName(),
                    e);
        } else {
            LOG.debug("The routing strategy {} failed", name(), e);
        }
    }

    /** An observer whose exceptions do not affect the request. */
    private final class GuardedObserver implements SelectionObserver {
        private final SelectionObserver observer;

        GuardedObserver(SelectionObserver observer) {
            this.observer = observer;
        }

        @Override
        public void firstByte(long nanoTime) {
            told(() -> observer.firstByte(nanoTime));
        }

        @Override
        public void counted(Usage usage) {
            told(() -> observer.counted(usage));
        }

        @Override
        public void ended(long nanoTime) {
            told(() -> observer.ended(nanoTime));
        }
    }
}
