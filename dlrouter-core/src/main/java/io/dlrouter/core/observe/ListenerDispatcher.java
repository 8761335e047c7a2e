package io.dlrouter.core.observe;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.core.plugin.ForeignCode;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the listeners of a router in order. The first exception of a listener is logged; exceptions fail no request.
 */
public final class ListenerDispatcher implements RouterListener {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerDispatcher.class);

    private final List<RouterListener> all;
    private final AtomicBoolean failedBefore = new AtomicBoolean();

    public ListenerDispatcher(Collection<RouterListener> all) {
        this.all = List.copyOf(all);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    private void tell(Consumer<RouterListener> event) {
        for (RouterListener listener : all) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                failed(listener, ForeignCode.endured(e));
            }
        }
    }

    private void failed(RouterListener listener, Throwable e) {
        if (failedBefore.compareAndSet(false, true)) {
            LOG.warn("{} failed; it goes on to be called, and its next failures are logged at DEBUG", listener, e);
        } else {
            LOG.debug("{} failed", listener, e);
        }
    }

    @Override
    public void attemptStarted(Attempt attempt, Duration waited) {
        tell(listener -> listener.attemptStarted(attempt, waited));
    }

    @Override
    public void firstByte(Attempt attempt, Duration elapsed) {
        tell(listener -> listener.firstByte(attempt, elapsed));
    }

    @Override
    public void chunk(Attempt attempt, long nanos) {
        tell(listener -> listener.chunk(attempt, nanos));
    }

    @Override
    public void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
        tell(listener -> listener.attemptEnded(attempt, outcome, status, elapsed));
    }

    @Override
    public void retryDenied(String model, Role role) {
        tell(listener -> listener.retryDenied(model, role));
    }

    @Override
    public void handoverCompleted(Attempt decode, Duration prefill, Duration gap) {
        tell(listener -> listener.handoverCompleted(decode, prefill, gap));
    }

    @Override
    public void decodedAlone(Attempt decode) {
        tell(listener -> listener.decodedAlone(decode));
    }

    @Override
    public void cacheSettled(NodeSpec prefill, CacheOutcome outcome) {
        tell(listener -> listener.cacheSettled(prefill, outcome));
    }

    @Override
    public void completed(RoutedRequest request) {
        tell(listener -> listener.completed(request));
    }

    @Override
    public void nodeChanged(NodeStatus node, Optional<NodeState> before) {
        tell(listener -> listener.nodeChanged(node, before));
    }

    @Override
    public void nodeLeft(NodeSpec node) {
        tell(listener -> listener.nodeLeft(node));
    }

    @Override
    public void countsDiffer(int counted, int held) {
        tell(listener -> listener.countsDiffer(counted, held));
    }
}
