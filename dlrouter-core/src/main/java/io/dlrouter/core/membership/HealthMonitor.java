package io.dlrouter.core.membership;

import io.dlrouter.NodeState;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Probes every engine at a fixed pace, independently of requests. Nodes with the same URL are the ranks of one engine
 * and are probed together.
 */
public final class HealthMonitor implements AutoCloseable {
    /** How long the first requests of a new router wait for its first probes. */
    public static final Duration FIRST_PROBES = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(HealthMonitor.class);
    private static final Duration STARTING_INTERVAL = Duration.ofSeconds(1);
    /** Models are requested again with every sixth probe: once a minute by default. */
    private static final int PROBES_PER_REFRESH = 6;

    private static final Set<NodeState> TO_BE_ASKED_SOON = Set.of(NodeState.STARTING, NodeState.EJECTED);

    private final NodeTable table;
    private final Fleet fleet;
    private final EngineProber probe;
    private final Pace pace;
    private final Map<URI, Engine> engines = new ConcurrentHashMap<>();
    private final RouterClock clock;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final AtomicInteger unprobed = new AtomicInteger();
    private final CompletableFuture<Void> firstProbes = new CompletableFuture<>();
    private final ExecutorService workers;
    private volatile RouterClock.@Nullable Task nextTick;
    private volatile boolean closed;

    /**
     * The pace of probes.
     *
     * @param maxFailures consecutive failures that eject the nodes of an engine
     */
    public record Pace(Duration interval, Duration timeout, int maxFailures) {}

    public HealthMonitor(
            NodeTable table, Fleet fleet, EngineProber probe, Pace pace, RouterClock clock, Threads threads) {
        this.workers = threads.perTask("dlrouter-probe");
        this.table = table;
        this.fleet = fleet;
        this.probe = probe;
        this.pace = pace;
        this.clock = clock;
    }

    /** Starts with the existing engines, if there are any. */
    public void start() {
        unprobed.set(nodesByEngine().size());
        if (unprobed.get() == 0) {
            firstProbes.complete(null);
        }
        if (beginsToWatch()) {
            runTick();
        }
    }

    /** Starts with a delay, unless there is no engine or it has started: an engine may register before it listens. */
    public void watch() {
        if (beginsToWatch()) {
            scheduleTick();
        }
    }

    private boolean beginsToWatch() {
        return !table.nodes().isEmpty() && watching.compareAndSet(false, true);
    }

    private void scheduleTick() {
        Duration interval = pace.interval.compareTo(STARTING_INTERVAL) < 0 ? pace.interval : STARTING_INTERVAL;
        nextTick = clock.schedule(interval, this::runTick);
        if (closed) {
            cancelTick();
        }
    }

    private void cancelTick() {
        RouterClock.Task scheduled = nextTick;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }

    /** A tick waits for the table, so it never runs on the thread of the clock; ticks do not overlap. */
    private void runTick() {
        scheduleTick();
        if (ticking.compareAndSet(false, true)) {
            try {
                workers.execute(this::tick);
            } catch (RejectedExecutionException e) {
                LOG.debug("The router was closed", e);
            }
        }
    }

    /** Completes when the engines that existed at the start have been probed once, or probes have ended. */
    public CompletableFuture<Void> firstProbes() {
        return firstProbes;
    }

    private Map<URI, List<LiveNode>> nodesByEngine() {
        return table.nodes().stream()
                .collect(Collectors.groupingBy(
                        node -> node.spec().address().url(), LinkedHashMap::new, Collectors.toList()));
    }

    private void tick() {
        try {
            table.removeExpired();
            fleet.audit();
            Map<URI, List<LiveNode>> byEngine = nodesByEngine();
            engines.keySet().retainAll(byEngine.keySet());
            byEngine.forEach(
                    (url, nodes) -> engines.computeIfAbsent(url, Engine::new).probeIfDue(nodes));
        } catch (RejectedExecutionException e) {
            LOG.debug("The router was closed", e);
        } catch (RuntimeException e) {
            LOG.error("Nodes could not be probed", e);
        } finally {
            ticking.set(false);
        }
    }

    private void countDownUnprobed() {
        if (unprobed.decrementAndGet() == 0) {
            firstProbes.complete(null);
        }
    }

    /** Calls that end because the router was closed are not logged. */
    private Level warning() {
        return closed ? Level.DEBUG : Level.WARN;
    }

    @Override
    public void close() {
        closed = true;
        cancelTick();
        workers.shutdownNow();
        firstProbes.complete(null);
    }

    /**
     * One URL and the results of its probes, which never overlap; {@code underWay} publishes the counts from one to the
     * next.
     */
    private final class Engine {
        private final URI url;
        private volatile boolean underWay;
        private boolean probed;
        private int failures;
        private int probesUntilRefresh;
        /** Whether it did not return its description at the last request. */
        private boolean silent;

        private long next;

        Engine(URI url) {
            this.url = url;
            this.next = clock.nanoTime();
        }

        void probeIfDue(List<LiveNode> nodes) {
            boolean due = clock.nanoTime() - next >= 0
                    || nodes.stream().map(LiveNode::state).anyMatch(TO_BE_ASKED_SOON::contains);
            if (due && !underWay) {
                underWay = true;
                next = clock.nanoTime() + withJitter(pace.interval);
                workers.execute(() -> probe(nodes));
            }
        }

        private long withJitter(Duration interval) {
            return (long) (interval.toNanos()
                    * (0.9 + 0.2 * ThreadLocalRandom.current().nextDouble()));
        }

        private void probe(List<LiveNode> nodes) {
            try {
                judge(nodes, probe.health(url, nodes.get(0).backend(), pace.timeout));
            } catch (ConnectException e) {
                failed(nodes, "its health probe failed: " + e.getMessage());
            } catch (IOException e) {
                failed(nodes, "its health probe got no answer: " + e.getMessage(), table::canSpare);
            } catch (RuntimeException e) {
                LOG.error("The probe of {} broke", url, e);
            } finally {
                countFirst();
                underWay = false;
            }
        }

        private void countFirst() {
            if (!probed) {
                probed = true;
                countDownUnprobed();
            }
        }

        private void judge(List<LiveNode> nodes, BackendAdapter.Health health) {
            switch (health) {
                case SERVING -> serving(nodes);
                case WAITING -> alive(nodes, true, "the engine says that it does not serve yet");
                case FAILING -> failed(nodes, "the engine says that it is broken");
            }
        }

        private void serving(List<LiveNode> nodes) {
            boolean isDue = probesUntilRefresh-- <= 0;
            if (isDue) {
                probesUntilRefresh = PROBES_PER_REFRESH - 1;
            }
            if (isDue || nodes.stream().anyMatch(node -> node.models().isEmpty())) {
                refreshModels(nodes);
            }
            if (isDue || nodes.stream().anyMatch(LiveNode::isUndescribed)) {
                describe(nodes);
            }
            alive(nodes, false, "its health probe passed");
            if (nodes.stream().anyMatch(node -> node.cacheSize().isWanted(node.incarnation()))) {
                askCacheSize(nodes);
            }
        }

        /** An engine that does not report it is not asked again. */
        private void askCacheSize(List<LiveNode> nodes) {
            int[] incarnations = nodes.stream().mapToInt(LiveNode::incarnation).toArray();
            BackendAdapter backend = nodes.get(0).backend();
            OptionalLong tokens = cacheTokens(backend);
            LOG.debug("The KV cache of {} holds {} tokens", url, tokens);
            for (int i = 0; i < incarnations.length; i++) {
                nodes.get(i).cacheSize().learn(incarnations[i], tokens);
            }
        }

        private OptionalLong cacheTokens(BackendAdapter backend) {
            try {
                List<String> path = backend.cachePath().stream().toList();
                return probe.description(url, path, pace.timeout)
                        .map(backend::cacheTokens)
                        .orElse(OptionalLong.empty());
            } catch (IOException e) {
                LOG.info("{} does not report the size of its KV cache: {}", url, e.getMessage());
                return OptionalLong.empty();
            }
        }

        private void refreshModels(List<LiveNode> nodes) {
            try {
                var cards = probe.models(url, pace.timeout);
                table.update(nodes, "its models are known", node -> node.report(cards));
            } catch (IOException e) {
                LOG.atLevel(warning()).log("The models of {} could not be read: {}", url, e.getMessage());
            }
        }

        /** An older engine without these routes is used as configured. */
        private void describe(List<LiveNode> nodes) {
            List<String> paths = nodes.get(0).backend().descriptionPaths();
            if (paths.isEmpty()) {
                return;
            }
            try {
                Optional<String> description = probe.description(url, paths, pace.timeout);
                String reason =
                        description.isPresent() ? "its engine describes it so" : "its engine does not describe it";
                table.update(nodes, reason, node -> node.describe(description));
                silent = false;
            } catch (IOException e) {
                LOG.atLevel(silent ? Level.DEBUG : warning())
                        .log("What {} says of itself could not be read and is asked again: {}", url, e.getMessage());
                silent = true;
            }
        }

        private void alive(List<LiveNode> nodes, boolean waiting, String reason) {
            failures = 0;
            nodes.forEach(LiveNode::signOfLife);
            table.update(nodes, reason, node -> {
                node.waiting(waiting);
                node.health().probed(table.isNeeded(node));
            });
        }

        private void failed(List<LiveNode> nodes, String reason) {
            failed(nodes, reason, node -> true);
        }

        /** @param leaving the nodes that may be ejected: engines that are only slow must not all be ejected */
        private void failed(List<LiveNode> nodes, String reason, Predicate<LiveNode> leaving) {
            if (closed) {
                return;
            }
            failures++;
            LOG.debug("{}: {} ({} in a row)", url, reason, failures);
            if (failures >= pace.maxFailures) {
                String inARow = reason + ", " + failures + " in a row";
                table.update(nodes, inARow, node -> ejectIf(leaving, node, inARow));
            }
        }

        private static void ejectIf(Predicate<LiveNode> leaving, LiveNode node, String reason) {
            if (leaving.test(node)) {
                node.eject(reason);
            }
        }
    }
}
