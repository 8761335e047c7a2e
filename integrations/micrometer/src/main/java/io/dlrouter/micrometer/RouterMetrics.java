package io.dlrouter.micrometer;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.CacheOutcome;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The metrics of a router, in a Micrometer registry. Names and labels are listed in {@code docs/observability.md} and are
 * stable. The number of series is bounded: 200 models and 2,000 nodes; a model or a node beyond that, and a node that has
 * left the table, has the label {@code other}. Safe for use by many threads.
 *
 * <pre>{@code
 * RouterMetrics metrics = new RouterMetrics(registry);
 * Router router = new RouterBuilder().backend("vllm").node(url).listener(metrics).build();
 * metrics.observe(router);
 * }</pre>
 *
 * The registry stays the caller's. Gauges of nodes show the table as of the last {@link #refresh}: call it before each
 * scrape, or at the interval at which the registry publishes.
 */
public final class RouterMetrics implements RouterListener {
    private static final int MAX_MODELS = 200;
    private static final int MAX_NODES = 2000;
    private static final String NONE = "none";

    private static final String MODEL = "model";
    private static final String BACKEND = "backend";
    private static final String NODE = "node";
    private static final String ROLE = "role";
    private static final String OUTCOME = "outcome";

    private final MeterRegistry registry;
    private final LabelValues models = new LabelValues(MAX_MODELS);
    private final LabelValues nodes = new LabelValues(MAX_NODES);
    private final NodeGauges nodeGauges;
    private final AtomicInteger mismatch = new AtomicInteger();
    private final ReentrantLock refreshing = new ReentrantLock();

    private final MeterFamily<Counter> requests;
    private final MeterFamily<Counter> attempts;
    private final MeterFamily<Counter> picks;
    private final MeterFamily<Counter> ejections;
    private final List<MeterFamily<Counter>> byNode;
    private final MeterFamily<Counter> retries;
    private final MeterFamily<Counter> retriesDenied;
    private final MeterFamily<Counter> fallbacks;
    private final MeterFamily<Counter> cacheLeases;
    private final MeterFamily<Timer> firstByte;
    private final MeterFamily<Timer> betweenChunks;
    private final MeterFamily<Timer> duration;
    private final MeterFamily<Timer> queue;
    private final MeterFamily<Timer> prefill;
    private final MeterFamily<Timer> handoverGap;

    /**
     * Registers the metrics.
     *
     * @param registry stays open as long as the router; is not closed here
     */
    public RouterMetrics(MeterRegistry registry) {
        this.registry = registry;
        nodeGauges = new NodeGauges(registry);
        requests = counters("requests", "Requests that ended", MODEL, BACKEND, NODE, ROLE, "status", OUTCOME);
        attempts = counters("attempts", "Tries of requests on nodes that ended", MODEL, BACKEND, NODE, ROLE, OUTCOME);
        picks = counters("picks", "Nodes that a strategy chose", "strategy", ROLE, NODE);
        ejections = counters("node.ejections", "Times that the node was ejected", NODE);
        byNode = List.of(requests, attempts, picks, ejections);
        retries = counters("retries", "Tries on another node after a first one", ROLE);
        retriesDenied = counters("retries.denied", "Tries on another node that the retry budget did not allow", ROLE);
        fallbacks = counters("fallbacks", "Requests whose prompt a decode node read itself", MODEL, BACKEND);
        cacheLeases =
                counters("cache.leases", "KV caches that prefill held for decode, by what became of them", OUTCOME);
        firstByte = timers(
                "time.to.first.byte",
                "From a node's request to the first byte of its answer",
                HistogramBuckets.FIRST_BYTE,
                MODEL,
                BACKEND,
                ROLE);
        betweenChunks = timers(
                "time.between.chunks",
                "From one chunk of a stream to the next",
                HistogramBuckets.BETWEEN_CHUNKS,
                MODEL,
                BACKEND);
        duration = timers("request.duration", "From a request to its end", HistogramBuckets.REQUEST, MODEL, OUTCOME);
        queue = timers("queue.duration", "Of requests that waited for a place", HistogramBuckets.WAIT, ROLE);
        prefill = timers(
                "prefill.duration",
                "Prefill of requests that were handed over",
                HistogramBuckets.FIRST_BYTE,
                MODEL,
                BACKEND);
        handoverGap = timers(
                "handover.gap",
                "From the end of prefill to the first byte of decode",
                HistogramBuckets.WAIT,
                MODEL,
                BACKEND);
        Gauge.builder("dlrouter.in.flight.mismatch", mismatch::get)
                .description("Requests counted as in flight less those that hold a lease; not 0 is a defect")
                .register(registry);
    }

    private MeterFamily<Counter> counters(String name, String description, String... labels) {
        return MeterFamily.counters(registry, "dlrouter." + name, description, labels);
    }

    private MeterFamily<Timer> timers(String name, String description, List<Duration> buckets, String... labels) {
        return MeterFamily.timers(registry, "dlrouter." + name, description, buckets, labels);
    }

    /**
     * Registers a gauge of the requests that wait in the admission queue of a router.
     *
     * @param router is weakly referenced: the gauge ends with it
     */
    public void observe(Router router) {
        Gauge.builder("dlrouter.requests.waiting", router, Router::waiting)
                .description("Requests that wait for capacity")
                .register(registry);
    }

    /**
     * Updates the gauges of nodes. Concurrent calls wait for one another.
     *
     * @param table the nodes, as {@code router.nodes().all()} returns them
     */
    public void refresh(List<NodeStatus> table) {
        refreshing.lock();
        try {
            nodeGauges.refresh(table.subList(0, Math.min(table.size(), MAX_NODES)));
        } finally {
            refreshing.unlock();
        }
    }

    @Override
    public void attemptStarted(Attempt attempt, Duration waited) {
        String role = label(attempt.node().role());
        picks.of(attempt.strategy(), role, node(attempt.node())).increment();
        if (attempt.number() > 1) {
            retries.of(role).increment();
        }
        if (!waited.isZero()) {
            queue.of(role).record(waited);
        }
    }

    @Override
    public void firstByte(Attempt attempt, Duration elapsed) {
        firstByte
                .of(
                        model(attempt),
                        attempt.node().backend(),
                        label(attempt.node().role()))
                .record(elapsed);
    }

    @Override
    public void chunk(Attempt attempt, long nanos) {
        betweenChunks.of(model(attempt), attempt.node().backend()).record(nanos, NANOSECONDS);
    }

    @Override
    public void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {
        NodeSpec node = attempt.node();
        attempts.of(model(attempt), node.backend(), node(node), label(node.role()), label(outcome))
                .increment();
    }

    @Override
    public void retryDenied(String model, Role role) {
        retriesDenied.of(label(role)).increment();
    }

    @Override
    public void handoverCompleted(Attempt decode, Duration prefillTime, Duration gap) {
        prefill.of(model(decode), decode.node().backend()).record(prefillTime);
        handoverGap.of(model(decode), decode.node().backend()).record(gap);
    }

    @Override
    public void decodedAlone(Attempt decode) {
        fallbacks.of(model(decode), decode.node().backend()).increment();
    }

    @Override
    public void cacheSettled(NodeSpec holder, CacheOutcome outcome) {
        cacheLeases.of(label(outcome)).increment();
    }

    @Override
    public void completed(RoutedRequest request) {
        String model = request.model().map(models::admit).orElse(NONE);
        Optional<NodeSpec> server = request.servedBy();
        requests.of(
                        model,
                        server.map(NodeSpec::backend).orElse(NONE),
                        server.map(this::node).orElse(NONE),
                        server.map(node -> label(node.role())).orElse(NONE),
                        request.status().isPresent()
                                ? String.valueOf(request.status().getAsInt())
                                : NONE,
                        label(request.outcome()))
                .increment();
        duration.of(model, label(request.outcome())).record(request.whole());
    }

    @Override
    public void nodeChanged(NodeStatus node, Optional<NodeState> before) {
        String name = nodes.admit(node.spec().address().toString());
        if (node.state() == NodeState.EJECTED
                && before.filter(NodeState.EJECTED::equals).isEmpty()) {
            ejections.of(name).increment();
        }
    }

    /** Removes the meters of nodes that are no longer in the table. */
    @Override
    public void nodeLeft(NodeSpec node) {
        nodes.forget(node.address().toString());
        byNode.forEach(family -> family.retain(NODE, this::isPresent));
    }

    private boolean isPresent(String node) {
        return node.equals(NONE) || nodes.of(node).equals(node);
    }

    @Override
    public void countsDiffer(int counted, int held) {
        mismatch.set(counted - held);
    }

    private String model(Attempt attempt) {
        return models.admit(attempt.model());
    }

    private String node(NodeSpec node) {
        return nodes.of(node.address().toString());
    }

    private static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
