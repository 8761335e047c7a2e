package io.dlrouter.core.fleet;

import io.dlrouter.Lease;
import io.dlrouter.NodeSpec;
import io.dlrouter.core.observe.AttemptResult;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.SelectionObserver;
import io.dlrouter.spi.Usage;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A request's reservation on a node for one attempt, from selection to release, and the result of the attempt. The first
 * result stands. The node counts the request as in flight until the lease is closed and all its holds are released. Safe
 * for use by many threads.
 */
public final class NodeLease implements Lease {
    /** The back-off of an overloaded node that names no time. */
    private static final Duration DEFAULT_BACK_OFF = Duration.ofSeconds(1);

    private final LiveNode node;
    private final Owner owner;
    private final Attempt attempt;
    private final SelectionObserver observer;
    private final RequestRecorder recorder;
    private final AtomicReference<@Nullable AttemptResult> result = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    /** The lease itself, and its holds. */
    private final AtomicInteger holds = new AtomicInteger(1);

    private volatile long start;
    private volatile long lastByte;
    private volatile int status;

    /** Gives leases and receives their results. Safe for use by many threads. */
    public interface Owner {
        /** The lease was given. */
        void leased(LiveNode node);

        /** The node has begun to respond without an error. */
        void begun(LiveNode node);

        /** The attempt ended with this result. */
        void report(NodeLease lease, AttemptResult result, Duration elapsed);

        /** The lease and all its holds are released. */
        void released(LiveNode node);
    }

    /** Takes ownership of the reservation, which the node counts already. */
    NodeLease(LiveNode node, Owner owner, Attempt attempt, SelectionObserver observer, RequestRecorder recorder) {
        this.node = node;
        this.owner = owner;
        this.attempt = attempt;
        this.observer = observer;
        this.recorder = recorder;
        this.start = now();
        owner.leased(node);
    }

    private long now() {
        return recorder.clock().nanoTime();
    }

    public LiveNode liveNode() {
        return node;
    }

    public Attempt attempt() {
        return attempt;
    }

    public RequestRecorder recorder() {
        return recorder;
    }

    @Override
    public NodeSpec node() {
        return node.spec();
    }

    /**
     * Keeps the reservation after the end of the attempt, for a KV cache on the node. Called while the lease is open.
     */
    public Hold retain() {
        holds.incrementAndGet();
        return new Hold();
    }

    /** Keeps the reservation of a node after the lease is closed. Closing twice is harmless. */
    public final class Hold implements AutoCloseable {
        private final AtomicBoolean released = new AtomicBoolean();

        private Hold() {}

        public LiveNode node() {
            return node;
        }

        @Override
        public void close() {
            if (released.compareAndSet(false, true)) {
                release();
            }
        }
    }

    private void release() {
        if (holds.decrementAndGet() == 0) {
            owner.released(node);
        }
    }

    /** The request is being sent to the node: the time before does not count as latency. */
    public void begin() {
        start = now();
    }

    /**
     * The head of a response has arrived. The status of an error is the result.
     *
     * @param retryAfter the back-off that the node asks for; zero if none
     */
    public void responded(int newStatus, Duration retryAfter) {
        status = newStatus;
        AttemptResult known = AttemptResult.of(newStatus);
        if (newStatus >= 400) {
            record(known);
        }
        if (known.outcome() == Outcome.OVERLOADED) {
            node.health().backOff(retryAfter.isZero() ? DEFAULT_BACK_OFF : retryAfter);
        }
    }

    /** The first byte of the response body has arrived. */
    public void firstByte() {
        lastByte = now();
        if (status < 400) {
            owner.begun(node);
            observer.firstByte(lastByte);
        }
        recorder.listener().firstByte(attempt, Duration.ofNanos(lastByte - start));
    }

    /** Another chunk of a stream has arrived. */
    public void chunk() {
        long now = now();
        recorder.listener().chunk(attempt, now - lastByte);
        lastByte = now;
    }

    /** Whether an observer or a listener needs the reported usage. */
    public boolean isCounted() {
        return observer != SelectionObserver.NONE || attempt.decision().isPresent();
    }

    /** The response reports the usage. */
    public void counted(Usage usage) {
        observer.counted(usage);
        recorder.counted(usage);
    }

    /** The complete response has arrived. */
    public void completed() {
        record(AttemptResult.of(status));
    }

    /** Records the result of the attempt; the first one is kept. */
    public void record(AttemptResult how) {
        if (result.compareAndSet(null, how)) {
            owner.report(this, how, Duration.ofNanos(elapsed()));
        }
    }

    private long elapsed() {
        return now() - start;
    }

    @Override
    public void succeeded() {
        observer.firstByte(now());
        record(AttemptResult.COMPLETED);
    }

    @Override
    public void failed() {
        record(AttemptResult.REPORTED_AS_FAILED);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            record(AttemptResult.CANCELLED);
            observer.ended(now());
            release();
            OptionalInt known = status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
            Outcome outcome = Objects.requireNonNull(result.get()).outcome();
            recorder.listener().attemptEnded(attempt, outcome, known, Duration.ofNanos(elapsed()));
        }
    }
}
