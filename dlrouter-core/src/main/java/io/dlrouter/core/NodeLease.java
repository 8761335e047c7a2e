package io.dlrouter.core;

import io.dlrouter.Lease;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.Usage;
import io.dlrouter.spi.Visit;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a request: a place on a {@link LiveNode}, and what came of it there. The first word on how it ended
 * stands, counts for or against the node, and is passed on to those who listen when the place is given back.
 */
final class NodeLease implements Lease {
    /** How long a node is left alone that says that it is full, and not for how long. */
    private static final Duration UNSAID = Duration.ofSeconds(1);

    private final Place place;
    private final Attempt attempt;
    private final Visit visit;
    private final RequestWatch watch;
    private final AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile long start;
    private volatile long lastByte;
    private volatile int status;

    /** Takes the place over. */
    NodeLease(Place place, Attempt attempt, Visit visit, RequestWatch watch) {
        this.place = place;
        this.attempt = attempt;
        this.visit = visit;
        this.watch = watch;
        this.start = now();
    }

    private long now() {
        return watch.clock().nanoTime();
    }

    LiveNode liveNode() {
        return place.node();
    }

    Attempt attempt() {
        return attempt;
    }

    RequestWatch watch() {
        return watch;
    }

    @Override
    public NodeSpec node() {
        return liveNode().spec();
    }

    /** One place more on the same node, for what outlasts a request there. */
    Place again() {
        return place.again();
    }

    /** Says that the node is to work from now on: a place may be held for a while before, and that is not its latency. */
    void begin() {
        start = now();
    }

    /**
     * The head of an answer is in. One that is an error says by it all that there is to know of the node.
     *
     * @param retryAfter how long the node asks to be left alone; zero if it does not
     */
    void answered(int newStatus, Duration retryAfter) {
        status = newStatus;
        if (newStatus >= 400) {
            settle(Ending.of(newStatus));
        }
        if (Ending.of(newStatus).outcome() == Outcome.OVERLOADED) {
            liveNode().standing().press(retryAfter.isZero() ? UNSAID : retryAfter);
        }
    }

    /** The first byte of the answer's body is in. */
    void firstByte() {
        lastByte = now();
        if (status < 400) {
            place.places().begun(liveNode());
            visit.firstByte(lastByte);
        }
        watch.listener().firstByte(attempt, Duration.ofNanos(lastByte - start));
    }

    /** More of a stream is in. */
    void chunk() {
        long now = now();
        watch.listener().chunk(attempt, now - lastByte);
        lastByte = now;
    }

    /** Whether anybody wants to know what the node counts. */
    boolean isCounted() {
        return visit != Visit.UNHEARD || attempt.decision().isPresent();
    }

    /** The answer says what the node counted. */
    void counted(Usage usage) {
        visit.counted(usage);
        watch.counted(usage);
    }

    /** The answer is in as a whole. */
    void completed() {
        settle(Ending.of(status));
    }

    /** There was no answer, for this reason. */
    void failed(RouterException reason) {
        settle(Ending.of(reason));
    }

    /** The answer ended in the middle. */
    void brokenOff(RouterException reason) {
        settle(Ending.brokenOff(reason));
    }

    private void settle(Ending how) {
        if (!ending.compareAndSet(null, how)) {
            return;
        }
        if (how.outcome() == Outcome.COMPLETED) {
            place.places().begun(liveNode());
            liveNode().answered(elapsed() / (double) TimeUnit.SECONDS.toNanos(1));
        } else if (how.outcome() == Outcome.REFUSED) {
            place.places().begun(liveNode());
            liveNode().standing().succeeded();
        } else if (how.isFailure() && watch.isFirstFailureOf(liveNode())) {
            place.places().failed(liveNode(), how);
        }
    }

    private long elapsed() {
        return now() - start;
    }

    @Override
    public void succeeded() {
        visit.firstByte(now());
        settle(Ending.COMPLETED);
    }

    @Override
    public void failed() {
        settle(new Ending(Outcome.UNREACHABLE, "a caller says that it failed"));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            settle(Ending.CANCELLED);
            visit.ended(now());
            place.close();
            OptionalInt known = status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
            Outcome outcome = Objects.requireNonNull(ending.get()).outcome();
            watch.listener().ended(attempt, outcome, known, Duration.ofNanos(elapsed()));
        }
    }
}
