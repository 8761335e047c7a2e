package io.dlrouter.core;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import io.dlrouter.core.strategy.LatencyWindow;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.RouterClock;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node in the table: its description, its state and its counts. What it is and how it stands is changed only under
 * the lock of the {@link NodeTable}; the counts by anyone.
 */
final class LiveNode implements Node {
    private static final Logger LOG = LoggerFactory.getLogger(LiveNode.class);

    private final BackendAdapter backend;
    private final RouterClock clock;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Standing standing;
    private final AtomicLong handoversMissed = new AtomicLong();
    private final LatencyWindow latency = new LatencyWindow();
    private volatile NodeSpec spec;
    private volatile Origin origin;
    private volatile List<ModelCard> models;
    private volatile boolean waiting;
    private volatile boolean draining;
    /** Whether its engine has still to say what it is. */
    private volatile boolean undescribed;
    /** What its engine last said of itself; null if nothing. */
    private volatile @Nullable String description;
    /** What its engine says of itself against its description; null if nothing. */
    private volatile @Nullable String objection;

    /** Models that it is registered with and does not report. */
    private volatile List<String> unreported = List.of();

    /** Which one of the engines that were at its address, one after the other, this is. */
    private volatile int incarnation;

    private final CacheSize cacheSize = new CacheSize();
    private int lastIncarnation;
    private @Nullable NodeState lastState;
    private volatile boolean gone;
    private volatile long lastSignOfLife;

    LiveNode(NodeSpec spec, BackendAdapter backend, Origin origin, RouterClock clock) {
        this.spec = spec;
        this.clock = clock;
        this.standing = new Standing(clock);
        this.lastSignOfLife = clock.nanoTime();
        this.backend = backend;
        this.origin = origin;
        this.models = named(spec);
        this.undescribed =
                spec.role() != Role.HYBRID && !backend.descriptionPaths().isEmpty();
    }

    private static List<ModelCard> named(NodeSpec spec) {
        return spec.models().stream().map(ModelCard::named).toList();
    }

    @Override
    public NodeSpec spec() {
        return spec;
    }

    @Override
    public int incarnation() {
        return incarnation;
    }

    @Override
    public OptionalLong cacheTokens() {
        return cacheSize.tokens(incarnation);
    }

    /** What its engine says of how much its KV cache holds. */
    CacheSize cacheSize() {
        return cacheSize;
    }

    /** Called only under the table's lock. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void endIncarnation() {
        incarnation++;
    }

    /** It has been taken out of the table, for good: who registers at its address is another node. */
    void goForGood() {
        gone = true;
        endIncarnation();
    }

    boolean isGone() {
        return gone;
    }

    /** Whether its incarnation is another than when this was last asked. Asked only under the table's lock. */
    boolean hasNewIncarnation() {
        boolean is = incarnation != lastIncarnation;
        lastIncarnation = incarnation;
        return is;
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public OptionalDouble latency() {
        return latency.mean(clock.nanoTime());
    }

    BackendAdapter backend() {
        return backend;
    }

    Origin origin() {
        return origin;
    }

    /** It was announced, or passed a probe. */
    void signOfLife() {
        lastSignOfLife = clock.nanoTime();
    }

    boolean isExpired() {
        return origin.lifetime()
                .filter(limit -> clock.nanoTime() - lastSignOfLife > limit.toNanos())
                .isPresent();
    }

    List<ModelCard> models() {
        return models;
    }

    boolean serves(String model) {
        return models.stream().anyMatch(card -> card.id().equals(model));
    }

    NodeState state() {
        if (draining) {
            return NodeState.DRAINING;
        }
        if (standing.isEjected()) {
            return NodeState.EJECTED;
        }
        return waiting || models.isEmpty() || undescribed || objection != null ? NodeState.STARTING : NodeState.READY;
    }

    /**
     * The state that it was in when this was last asked; empty the first time. Asked only under the table's lock.
     *
     * @param now the state that it is in
     */
    Optional<NodeState> lastState(NodeState now) {
        Optional<NodeState> before = Optional.ofNullable(lastState);
        lastState = now;
        return before;
    }

    NodeStatus status() {
        return new NodeStatus(
                spec,
                state(),
                Optional.ofNullable(objection).or(standing::reason),
                models,
                inFlight(),
                latency.samples(),
                handoversMissed.get());
    }

    void acquire() {
        inFlight.incrementAndGet();
    }

    /** Takes a place if there are fewer in use than this. */
    boolean tryAcquire(int limit) {
        int seen = inFlight.get();
        while (seen < limit) {
            if (inFlight.compareAndSet(seen, seen + 1)) {
                return true;
            }
            seen = inFlight.get();
        }
        return false;
    }

    /** Gives a place back and says whether it was the last one. */
    boolean release() {
        return inFlight.decrementAndGet() == 0;
    }

    /** How it stands with requests. */
    Standing standing() {
        return standing;
    }

    /** It answered a request whole and in order. */
    void answered(double seconds) {
        latency.add(seconds, clock.nanoTime());
        standing.succeeded();
    }

    /** Counts a prefill that left nothing for decode. */
    void missedHandover() {
        if (handoversMissed.incrementAndGet() == 1) {
            LOG.warn(
                    "{} answered a prefill without what decode needs to take its KV cache over, and decode reads the"
                            + " prompt itself; if this goes on, the engine runs without its KV connector",
                    this);
        }
    }

    /** Whether an announcement says nothing new: what was registered or configured stands against it. */
    boolean isDescribed(NodeSpec announced) {
        return origin.lifetime().isEmpty() || spec.equals(announced);
    }

    /** A registration that names no models keeps those that the node itself reported. */
    void renew(NodeSpec newSpec, Origin newOrigin) {
        origin = origin.or(newOrigin);
        signOfLife();
        if (!newSpec.models().isEmpty()) {
            models = named(newSpec);
        }
        spec = newSpec;
        objection = null;
        endIncarnation();
        if (description != null) {
            describe(description);
        }
        draining = false;
        standing.renew();
    }

    /** Names from the registration stand; the node's report then only adds what it knows of them. */
    void report(List<ModelCard> cards) {
        List<String> registered = spec.models();
        warnOfUnreported(
                registered.stream().filter(name -> !isAmong(cards, name)).toList(), cards);
        models = registered.isEmpty()
                ? List.copyOf(cards)
                : registered.stream().map(name -> find(cards, name)).toList();
    }

    private static boolean isAmong(List<ModelCard> cards, String name) {
        return cards.stream().anyMatch(card -> card.id().equals(name));
    }

    /** Some engines serve any name, so that this is no contradiction. */
    private void warnOfUnreported(List<String> names, List<ModelCard> cards) {
        if (!names.isEmpty() && !names.equals(unreported)) {
            LOG.warn(
                    "{} is registered with models that it does not report: {} (it reports: {})",
                    this,
                    names,
                    ids(cards));
        }
        unreported = names;
    }

    private static List<String> ids(List<ModelCard> cards) {
        return cards.stream().map(ModelCard::id).toList();
    }

    private static ModelCard find(List<ModelCard> cards, String name) {
        return cards.stream().filter(card -> card.id().equals(name)).findFirst().orElseGet(() -> ModelCard.named(name));
    }

    /** Its engine has still to say what it is. */
    boolean isUndescribed() {
        return undescribed;
    }

    /** Takes over what its engine says of itself; one that says nothing is taken as it is configured. */
    void describe(Optional<String> said) {
        undescribed = false;
        said.ifPresent(this::describe);
    }

    private void describe(String said) {
        description = said;
        try {
            NodeSpec described = backend.described(spec, said);
            logCorrection("bootstrap_port", spec.bootstrapPort(), described.bootstrapPort());
            logCorrection("dp_size", spec.dpSize(), described.dpSize());
            spec = described;
            objection = null;
        } catch (IllegalArgumentException e) {
            if (!Objects.equals(objection, e.getMessage())) {
                LOG.warn("{} gets no requests: {}", this, e.getMessage());
            }
            objection = e.getMessage();
        }
    }

    private void logCorrection(String fact, OptionalInt before, OptionalInt now) {
        if (before.isPresent() && !before.equals(now)) {
            LOG.info("{} has {} {} by its engine's word, not {}", this, fact, now.getAsInt(), before.getAsInt());
        }
    }

    /** Its engine is of no use, for this reason, until it is registered anew. */
    void object(String reason) {
        objection = reason;
    }

    void waiting(boolean nowWaiting) {
        waiting = nowWaiting;
    }

    /** Its engine failed too many probes: it is ejected until one passes. */
    void eject(String reason) {
        if (!standing.isEjected()) {
            endIncarnation();
            standing.eject(reason);
        }
    }

    /**
     * It failed too many requests. If it could be reached at all, it is ejected for some time at least; if its answers did
     * not end by themselves, it may be another engine the next time.
     */
    void eject(String reason, Outcome last) {
        if (last == Outcome.UNREACHABLE || last == Outcome.BROKEN_OFF) {
            endIncarnation();
        }
        if (last == Outcome.UNREACHABLE && !standing.wasEjectedBefore()) {
            standing.eject(reason);
        } else {
            standing.ejectForAWhile(reason);
        }
    }

    boolean draining() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    @Override
    public String toString() {
        String role = spec.role() == Role.HYBRID ? "" : spec.role().name().toLowerCase(Locale.ROOT) + " ";
        return spec.backend() + " " + role + "node " + spec.address();
    }
}
