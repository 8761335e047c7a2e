package io.dlrouter.backend.lmdeploy;

import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which pairs of engines are linked. Decode dies of a request to read from an engine that it is not linked to, and
 * engines do not say whether a link still stands, so what is not surely linked is linked anew.
 */
final class PdLinks implements NodeLinks {
    private static final Logger LOG = LoggerFactory.getLogger(PdLinks.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

    private final Linker linker;
    private final Duration longestUse;
    private final RouterClock clock;
    private final ConcurrentMap<Ends, PairLink> links = new ConcurrentHashMap<>();
    /** Links that have ended and are still in use; done when their engines may be told, and the pair be linked anew. */
    private final ConcurrentMap<Ends, CompletableFuture<Void>> ending = new ConcurrentHashMap<>();

    private final AtomicBoolean closed = new AtomicBoolean();

    /** Links that are made and dropped on daemon threads of their own. */
    PdLinks(NodeClient client, LmdeployOptions options, Patience patience, RouterClock clock) {
        this(client, options, patience, clock, Linker.daemons());
    }

    /** @param threads that make and drop links, never on the thread that submits; closed with the links */
    PdLinks(NodeClient client, LmdeployOptions options, Patience patience, RouterClock clock, ExecutorService threads) {
        this.linker = new Linker(client, options, patience, clock, threads);
        this.longestUse = patience.use();
        this.clock = clock;
    }

    @Override
    public CompletableFuture<Void> link(NodeSpec prefill, NodeSpec decode) {
        Ends ends = Ends.of(prefill, decode);
        PairLink known = links.get(ends);
        if (known != null && !known.isSpent()) {
            return known.outcome();
        }
        PairLink fresh = new PairLink(new Engine(Role.PREFILL, prefill), new Engine(Role.DECODE, decode));
        boolean placed = known == null ? links.putIfAbsent(ends, fresh) == null : links.replace(ends, known, fresh);
        return placed ? made(fresh, ends) : link(prefill, decode);
    }

    private CompletableFuture<Void> made(PairLink link, Ends ends) {
        if (closed.get()) {
            link.fail(closing());
        } else {
            CompletableFuture<Void> unusedStage =
                    ending.getOrDefault(ends, NOTHING).thenRun(() -> linker.make(link));
        }
        return link.outcome();
    }

    @Override
    public Optional<Use> use(NodeSpec prefill, NodeSpec decode) {
        return Optional.ofNullable(links.get(Ends.of(prefill, decode)))
                .flatMap(link -> link.use(() -> drop(link, doubtful(link))));
    }

    @Override
    public Optional<String> mismatch(NodeSpec prefill, NodeSpec decode) {
        return Optional.ofNullable(links.get(Ends.of(prefill, decode))).flatMap(PairLink::mismatch);
    }

    /** A link that is not to be used any more is dropped, once. */
    private void drop(PairLink link, RouterException reason) {
        if (link.claimEnd()) {
            Ends ends = Ends.of(link.prefill().node(), link.decode().node());
            end(ends, link, List.of(link.prefill(), link.decode()), reason);
        }
    }

    @Override
    public void left(NodeSpec node, boolean alive) {
        String id = Engine.id(node);
        for (Map.Entry<Ends, PairLink> entry : links.entrySet()) {
            PairLink link = entry.getValue();
            if (entry.getKey().include(id) && link.claimEnd()) {
                Engine engine = link.prefill().id().equals(id) ? link.prefill() : link.decode();
                List<Engine> told = Stream.of(link.prefill(), link.decode())
                        .filter(callee -> alive || callee.role() != engine.role())
                        .toList();
                RouterException reason = new LegFailedException(
                        engine.role(), link + " are not linked: the " + engine + " has gone", null);
                end(entry.getKey(), link, told, reason);
            }
        }
    }

    /** Who reads a cache over it meanwhile is let end: an engine dies of a request for a link that it does not know. */
    private void end(Ends ends, PairLink link, List<Engine> told, RouterException reason) {
        CompletableFuture<Void> dropped = unusedInTime(link).thenRun(() -> dropIfBegun(link, told));
        CompletableFuture<Void> allDropped =
                ending.merge(ends, dropped, (earlier, later) -> earlier.thenCompose(done -> later));
        link.fail(reason);
        link.end();
        links.remove(ends, link);
        CompletableFuture<Void> unusedStage = allDropped.thenRun(() -> ending.remove(ends, allDropped));
    }

    /** Completes when the last use of an ended link has been closed, or was given long enough. */
    private CompletableFuture<Void> unusedInTime(PairLink link) {
        CompletableFuture<Void> unused = link.unused();
        RouterClock.Task timeout = clock.schedule(longestUse, () -> unused.complete(null));
        CompletableFuture<Void> unusedStage = unused.whenComplete((nothing, failure) -> timeout.cancel());
        return unused;
    }

    private void dropIfBegun(PairLink link, List<Engine> told) {
        if (link.hasBegun()) {
            linker.drop(link, told);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            links.values().forEach(link -> drop(link, closing()));
            awaitDrops();
            linker.close();
        }
    }

    /** The next router finds no link that it does not know of, if engines respond and requests end in time. */
    private void awaitDrops() {
        CompletableFuture<Void> ended = CompletableFuture.allOf(ending.values().toArray(CompletableFuture<?>[]::new));
        try {
            if (!completesInTime(ended) || !completesInTime(linker.idle())) {
                LOG.debug("Some links were not dropped within {} s", PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.debug("Some links were not dropped", e);
        }
    }

    private boolean completesInTime(CompletableFuture<Void> stage) throws InterruptedException, ExecutionException {
        if (stage.isDone()) {
            return true;
        }
        CompletableFuture<Void> timeout = clock.after(PATIENCE);
        try {
            CompletableFuture.anyOf(stage, timeout).get();
            return stage.isDone();
        } finally {
            timeout.cancel(false);
        }
    }

    private static LegFailedException doubtful(PairLink link) {
        return new LegFailedException(Role.DECODE, link + " are no longer linked: decode failed over the link", null);
    }

    private static RouterClosedException closing() {
        return new RouterClosedException("The router was closed before two nodes were linked.");
    }

    /** What a link is known by, whatever else is said of its nodes. */
    private record Ends(String prefill, String decode) {
        static Ends of(NodeSpec prefill, NodeSpec decode) {
            return new Ends(Engine.id(prefill), Engine.id(decode));
        }

        boolean include(String engine) {
            return prefill.equals(engine) || decode.equals(engine);
        }
    }
}
