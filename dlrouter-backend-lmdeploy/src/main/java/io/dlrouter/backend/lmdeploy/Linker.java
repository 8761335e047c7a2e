package io.dlrouter.backend.lmdeploy;

import io.dlrouter.LegFailedException;
import io.dlrouter.Role;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.RouterClock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
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
 * Makes links and drops them, on its threads. What is asked for after it was closed is not done. Safe for use by many
 * threads.
 */
final class Linker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Linker.class);
    private static final long KEEP_ALIVE_SECONDS = 60;

    private final LmdeployOptions options;
    private final Patience patience;
    private final EngineClient linking;
    private final EngineClient dropping;
    private final RouterClock clock;
    private final ExecutorService threads;
    private final Turns turns;

    /** @param threads that run the work, never on the thread that submits; closed with this */
    Linker(NodeClient client, LmdeployOptions options, Patience patience, RouterClock clock, ExecutorService threads) {
        this.options = options;
        this.patience = patience;
        this.linking = new EngineClient(client, patience.call());
        this.dropping = new EngineClient(client, patience.drop());
        this.clock = clock;
        this.threads = threads;
        this.turns = new Turns(threads);
    }

    /** As many daemon threads as there is work, none before the first; work is discarded after shutdown. */
    static ExecutorService daemons() {
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
        RouterClock.Task timeout = clock.schedule(patience.total(), () -> threads.execute(() -> outOfTime(link)));
        CompletableFuture<Void> unusedStage = link.outcome().whenComplete((made, failure) -> timeout.cancel());
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
            LOG.debug("{} are not linked: the link is no longer needed", link);
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
            clock.schedule(patience.gapAfter(number), () -> attempt(link, number + 1));
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
            dropping.post(callee, new EngineCall("/distserve/p2p_drop_connect", json), Function.identity());
        } catch (LegFailedException e) {
            LOG.debug("The {} did not drop its link to the {}: {}", callee, peer, e.getMessage());
        }
    }

    /** Completes when no link is being made or dropped. */
    CompletableFuture<Void> idle() {
        return turns.idle();
    }

    /** Ends the threads; a call that is in progress may take its time yet. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
