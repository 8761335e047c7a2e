package io.dlrouter.core;

import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.NodeCall;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A KV cache that a prefill node holds until a decode node has taken it over or it is given back: one of the two, once.
 * Safe for use by many threads.
 */
final class CacheLease implements AutoCloseable {
    private final Place place;
    private final int incarnation;
    private final Optional<NodeCall> release;
    private final CacheReturns returns;
    private final RequestWatch watch;
    private final AtomicBoolean settled = new AtomicBoolean();

    /**
     * A cache that was filled just now. Takes the place over.
     *
     * @param place on the prefill node, which is counted there as long as it holds the cache
     * @param incarnation the prefill node's when it was asked to fill it
     * @param release what gives it back; empty if it goes by time
     */
    CacheLease(Place place, int incarnation, Optional<NodeCall> release, CacheReturns returns, RequestWatch watch) {
        this.place = place;
        this.incarnation = incarnation;
        this.release = release;
        this.returns = returns;
        this.watch = watch;
        if (release.isPresent()) {
            returns.held();
        } else {
            place.close();
        }
    }

    LiveNode prefill() {
        return place.node();
    }

    /** Gives the place on the prefill node back: it holds the cache no more, or nobody can tell. */
    void end(CacheOutcome outcome) {
        place.close();
        watch.listener().cacheSettled(prefill().spec(), outcome);
    }

    /** Whether somebody has to say what becomes of it. */
    boolean isGivenBack() {
        return release.isPresent();
    }

    /** Whether the node is still what it was: an id of an earlier incarnation means another request to the next. */
    boolean isOfThisIncarnation() {
        return prefill().incarnation() == incarnation;
    }

    /** A decode node has taken it over; its engine has said so to the prefill node. */
    void adopted() {
        if (settled.compareAndSet(false, true)) {
            release.ifPresent(call -> {
                returns.settled();
                end(CacheOutcome.ADOPTED);
            });
        }
    }

    /** Gives it back, unless it was taken over. Does not wait. */
    @Override
    public void close() {
        if (settled.compareAndSet(false, true)) {
            release.ifPresent(call -> returns.giveBack(this, call));
        }
    }
}
