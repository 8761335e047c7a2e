package io.dlrouter.core.pd.twostage;

import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.EngineCall;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A KV cache that a prefill node holds until a decode node has fetched it or it is released: one of the two, once.
 * Safe for use by many threads.
 */
final class CacheLease implements KvCacheReleaser.Held, AutoCloseable {
    private final NodeLease.Hold hold;
    private final int incarnation;
    private final Optional<EngineCall> release;
    private final KvCacheReleaser returns;
    private final RequestRecorder recorder;
    private final AtomicBoolean settled = new AtomicBoolean();

    /**
     * A cache that was filled just now. Takes the place over.
     *
     * @param hold on the prefill node, which is counted there as long as it holds the cache
     * @param incarnation the prefill node's when it was asked to fill it
     * @param release what releases it; empty if it uses time
     */
    CacheLease(
            NodeLease.Hold hold,
            int incarnation,
            Optional<EngineCall> release,
            KvCacheReleaser returns,
            RequestRecorder recorder) {
        this.hold = hold;
        this.incarnation = incarnation;
        this.release = release;
        this.returns = returns;
        this.recorder = recorder;
        if (release.isPresent()) {
            returns.held();
        } else {
            hold.close();
        }
    }

    @Override
    public LiveNode prefill() {
        return hold.node();
    }

    @Override
    public void end(CacheOutcome outcome) {
        hold.close();
        recorder.listener().cacheSettled(prefill().spec(), outcome);
    }

    /** Whether somebody has to say what becomes of it. */
    boolean isReleased() {
        return release.isPresent();
    }

    @Override
    public boolean isOfThisIncarnation() {
        return prefill().incarnation() == incarnation;
    }

    /** A decode node has fetched it; its engine has said so to the prefill node. */
    void handedOver() {
        if (settled.compareAndSet(false, true)) {
            release.ifPresent(call -> {
                returns.settled();
                end(CacheOutcome.ADOPTED);
            });
        }
    }

    /** Gives it back, unless it was fetched. Does not wait. */
    @Override
    public void close() {
        if (settled.compareAndSet(false, true)) {
            release.ifPresent(call -> returns.release(this, call));
        }
    }
}
