package io.dlrouter.core.pd.twostage;

import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.EngineCall;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A KV cache on a prefill node, which is either fetched by decode or released, once. Safe for use by many threads. */
final class CacheLease implements KvCacheReleaser.Held, AutoCloseable {
    private final NodeLease.Hold hold;
    private final int incarnation;
    private final Optional<EngineCall> release;
    private final KvCacheReleaser returns;
    private final RequestRecorder recorder;
    private final AtomicBoolean settled = new AtomicBoolean();

    /**
     * A cache that was just filled. Takes ownership of the hold.
     *
     * @param hold on the prefill node, which counts the request as long as it holds the cache
     * @param incarnation of the prefill node when the prefill was sent
     * @param release the call that releases it; empty if the engine does so after a time
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

    /** Whether the router has to release it. */
    boolean isReleased() {
        return release.isPresent();
    }

    @Override
    public boolean isOfThisIncarnation() {
        return prefill().incarnation() == incarnation;
    }

    /** A decode node has fetched it; its engine has told the prefill node. */
    void handedOver() {
        if (settled.compareAndSet(false, true)) {
            release.ifPresent(call -> {
                returns.settled();
                end(CacheOutcome.ADOPTED);
            });
        }
    }

    /** Releases it, unless it was fetched. Does not wait. */
    @Override
    public void close() {
        if (settled.compareAndSet(false, true)) {
            release.ifPresent(call -> returns.release(this, call));
        }
    }
}
