package io.dlrouter.backend.lmdeploy;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.spi.NodeCall;
import io.dlrouter.spi.NodeClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes links and drops them, on threads of its own: as many as there are engines at work, none before the first. What
 * is asked for after it was closed is not done. Safe for use by many threads.
 */
final class Linker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Linker.class);
    private static final long KEEP_ALIVE_SECONDS = 60;

    private final LmdeployOptions options;
    private final Patience patience;
    private final EngineClient linking;
    private final EngineClient dropping;
    private final ExecutorService threads;
    private final Turns turns;

    Linker(NodeClient client, LmdeployOptions options, Patience patience) {
        this.options = options;
        this.patience = patience;
        this.linking = new EngineClient(client, patience.call());
        this.dropping = new EngineClient(client, patience.drop());
        this.threads = daemons();
        this.turns = new Turns(threads);
    }

    private static ExecutorService daemons() {
        AtomicInteger number = new AtomicInteger();
        return new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                KEEP_ALIVE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> {
                    Thread thread = new Thread(task, "lmdeploy-links-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** Begins to make a link, and sees to it that it is over in time. */
    void make(PairLink link) {
        after(patience.total()).execute(() -> outOfTime(link));
        attempt(link, 1);
    }

    private void attempt(PairLink link, int number) {
        turns.take(link.engineIds(), () -> perform(link, number));
    }

    private void perform(PairLink link, int number) {
        try {
            Optional<String> mismatch = new Handshake(linking, options, link).perform();
            mismatch.ifPresentOrElse(reason -> refuse(link, reason), () -> succeed(link));
        } catch (LegFailedException e) {
            attemptFailed(link, number, e);
        } catch (CancellationException e) {
            LOG.debug("{} are not linked, as that is not wanted any more", link);
        }
    }

    private static void succeed(PairLink link) {
        if (link.succeed()) {
            LOG.info("{} are linked", link);
        }
    }

    private static void refuse(PairLink link, String reason) {
        if (link.refuse(reason)) {
            LOG.warn("{} cannot be linked until one of them registers again: {}", link, reason);
        }
    }

    private void attemptFailed(PairLink link, int number, LegFailedException failure) {
        link.attemptFailed(failure);
        if (number == patience.attempts()) {
            fail(link, failure.leg(), failure.getMessage() + " (" + number + " attempts)", failure);
        } else {
            LOG.debug("{} are not linked yet: {}", link, failure.getMessage());
            after(patience.gapAfter(number)).execute(() -> attempt(link, number + 1));
        }
    }

    private void outOfTime(PairLink link) {
        Optional<LegFailedException> last = link.lastFailure();
        String within = " (within " + patience.total().toSeconds() + " s)";
        if (last.isPresent()) {
            fail(link, last.get().leg(), last.get().getMessage() + within, last.get());
        } else {
            Engine busy = turns.isBusy(link.prefill().id()) ? link.prefill() : link.decode();
            fail(link, busy.role(), "The " + busy + " is busy with links" + within, null);
        }
    }

    private static void fail(PairLink link, Role fault, String reason, @Nullable Throwable cause) {
        if (link.fail(new LegFailedException(fault, link + " are not linked: " + reason, cause))) {
            LOG.warn("{} are not linked: {}", link, reason);
        }
    }

    private Executor after(Duration delay) {
        return CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, threads);
    }

    /**
     * Begins to drop a link, after what was begun with it before and before it is made again.
     *
     * @param callees the sides that are told, in this order
     */
    void drop(PairLink link, List<Engine> callees) {
        Set<String> ids = callees.stream().map(Engine::id).collect(Collectors.toSet());
        turns.take(ids, () -> callees.forEach(callee -> drop(callee, link.peerOf(callee))));
    }

    private void drop(Engine callee, Engine peer) {
        String json = "{\"engine_id\":\"" + callee.id() + "\",\"remote_engine_id\":\"" + peer.id() + "\"}";
        try {
            dropping.post(callee, new NodeCall("/distserve/p2p_drop_connect", json), Function.identity());
        } catch (LegFailedException e) {
            LOG.debug("The {} did not drop its link to the {}: {}", callee, peer, e.getMessage());
        }
    }

    /** Waits until nothing is being done, for so long at most. */
    void awaitIdle(Duration limit) throws InterruptedException {
        turns.awaitIdle(limit);
    }

    /** Ends the threads; a call that is under way may take its time yet. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
