package io.dlrouter.core.pd.twostage;

import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases KV caches that no decode node fetched, in the background: a node that does not respond delays only its own
 * caches. Safe for use by many threads.
 */
public final class KvCacheReleaser implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KvCacheReleaser.class);
    private static final Duration CALL = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int ATTEMPTS = 3;
    private static final int MAX_UNDER_WAY = 1024;

    /** The time for a decode node whose request has failed to stop reading; grows with the attempts. */
    public static final Duration GAP = Duration.ofMillis(100);

    private final NodeClient client;
    private final ExecutorService threads;
    private final RouterClock clock;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final CompletableFuture<Void> allSettled = new CompletableFuture<>();
    private volatile boolean closing;

    public KvCacheReleaser(NodeClient client, RouterClock clock, Threads threads) {
        this.threads = threads.perTask("dlrouter-cache-return");
        this.client = client;
        this.clock = clock;
    }

    /** A KV cache to release. */
    interface Held {
        LiveNode prefill();

        /** Whether the node is the same incarnation: an id of an earlier one would name another request's cache. */
        boolean isOfThisIncarnation();

        /** Ends the lease of the cache. */
        void end(CacheOutcome outcome);
    }

    /** Counts a cache that is not settled. */
    void held() {
        held.incrementAndGet();
    }

    void settled() {
        if (held.decrementAndGet() == 0 && closing) {
            allSettled.complete(null);
        }
    }

    /** Returns at once. */
    void release(Held cache, EngineCall call) {
        if (underWay.incrementAndGet() > MAX_UNDER_WAY) {
            LOG.warn("KV cache on {} not released: {} releases are in progress", cache.prefill(), MAX_UNDER_WAY);
            ended(cache, CacheOutcome.ABANDONED);
            return;
        }
        try {
            threads.execute(() -> call(cache, call));
        } catch (RejectedExecutionException e) {
            LOG.warn("KV cache on {} not released: the router was closed", cache.prefill());
            ended(cache, CacheOutcome.ABANDONED);
        }
    }

    private void ended(Held cache, CacheOutcome outcome) {
        cache.end(outcome);
        underWay.decrementAndGet();
        settled();
    }

    private void call(Held cache, EngineCall call) {
        CacheOutcome outcome = CacheOutcome.ABANDONED;
        try {
            outcome = outcome(cache, call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            ended(cache, outcome);
        }
    }

    private CacheOutcome outcome(Held cache, EngineCall call) throws InterruptedException, ExecutionException {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            clock.after(GAP.multipliedBy(attempt)).get();
            if (!cache.isOfThisIncarnation()) {
                return CacheOutcome.LOST;
            }
            if (isAccepted(cache, call)) {
                return CacheOutcome.RETURNED;
            }
        }
        LOG.warn("KV cache on {} could not be released: {} {}", cache.prefill(), call.path(), call.json());
        return CacheOutcome.ABANDONED;
    }

    private boolean isAccepted(Held cache, EngineCall call) {
        try {
            int status = client.post(cache.prefill().spec(), call, CALL).status();
            LOG.debug("{} responded to {} with status {}", cache.prefill(), call.path(), status);
            return status < 300;
        } catch (IOException e) {
            LOG.debug("{} did not answer {}", cache.prefill(), call.path(), e);
            return false;
        }
    }

    /** Waits some time until all caches are settled, and ends the threads. */
    @Override
    public void close() {
        closing = true;
        if (held.get() == 0) {
            allSettled.complete(null);
        }
        RouterClock.Task limit = clock.schedule(PATIENCE, () -> allSettled.complete(null));
        try {
            allSettled.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            limit.cancel();
            threads.shutdownNow();
        }
    }
}
