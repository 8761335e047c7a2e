package io.dlrouter.core.fleet;

import io.dlrouter.BadNodeResponseException;
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
 * A node in the table: its description, its state and its counts. Description and state change only under the lock of
 * the {@link NodeTable}, counts without it.
 */
public final class LiveNode implements Node {
    private static final Logger LOG = LoggerFactory.getLogger(LiveNode.class);

    private final BackendAdapter backend;
    private final RouterClock clock;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final NodeHealth health;
    private final AtomicLong handoversMissed = new AtomicLong();
    private final LatencyWindow latency = new LatencyWindow();
    private final KvCacheSize cacheSize = new KvCacheSize();
    private volatile NodeView view;
    private int lastIncarnation;
    private @Nullable NodeState lastState;
    private volatile long lastSignOfLife;

    public LiveNode(NodeSpec spec, BackendAdapter backend, Origin origin, RouterClock clock) {
        this.clock = clock;
        this.health = new NodeHealth(clock);
        this.lastSignOfLife = clock.nanoTime();
        this.backend = backend;
        boolean undescribed =
                spec.role() != Role.HYBRID && !backend.descriptionPaths().isEmpty();
        this.view = NodeView.of(spec, origin, named(spec), undescribed);
    }

    private static List<ModelCard> named(NodeSpec spec) {
        return spec.models().stream().map(ModelCard::named).toList();
    }

    @Override
    public NodeSpec spec() {
        return view.spec();
    }

    @Override
    public int incarnation() {
        return view.incarnation();
    }

    @Override
    public OptionalLong cacheTokens() {
        return cacheSize.tokens(view.incarnation());
    }

    /** The size of its engine's KV cache. */
    public KvCacheSize cacheSize() {
        return cacheSize;
    }

    /** Starts a new incarnation. Called under the lock of the table. */
    void endIncarnation() {
        view = view.nextIncarnation();
    }

    /** Marks the node as removed for good: a later registration at its address is another node. */
    void removed() {
        view = view.nextIncarnation().withGone();
    }

    boolean isGone() {
        return view.gone();
    }

    /** Whether its incarnation has changed since the last call. Called under the lock of the table. */
    boolean hasNewIncarnation() {
        int incarnation = view.incarnation();
        boolean isNew = incarnation != lastIncarnation;
        lastIncarnation = incarnation;
        return isNew;
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public OptionalDouble latency() {
        return latency.mean(clock.nanoTime());
    }

    public BackendAdapter backend() {
        return backend;
    }

    public Origin origin() {
        return view.origin();
    }

    /** Records an announcement or a passed probe. */
    public void signOfLife() {
        lastSignOfLife = clock.nanoTime();
    }

    boolean isExpired() {
        return view.origin()
                .lifetime()
                .filter(limit -> clock.nanoTime() - lastSignOfLife > limit.toNanos())
                .isPresent();
    }

    public List<ModelCard> models() {
        return view.models();
    }

    boolean serves(String model) {
        return view.models().stream().anyMatch(card -> card.id().equals(model));
    }

    public NodeState state() {
        return view.state(health.isEjected());
    }

    /**
     * The state at the last call; empty the first time. Called under the lock of the table.
     *
     * @param now the current state
     */
    Optional<NodeState> lastState(NodeState now) {
        Optional<NodeState> before = Optional.ofNullable(lastState);
        lastState = now;
        return before;
    }

    NodeStatus status() {
        NodeView now = view;
        return NodeStatus.builder()
                .spec(now.spec())
                .state(now.state(health.isEjected()))
                .reason(Optional.ofNullable(now.objection()).or(health::reason))
                .models(now.models())
                .inFlight(inFlight())
                .latencies(latency.samples())
                .handoversMissed(handoversMissed.get())
                .build();
    }

    public void acquire() {
        inFlight.incrementAndGet();
    }

    /** Counts a request if fewer are in flight than the limit. */
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

    /** Counts a request as ended; true if it was the last one. */
    boolean release() {
        return inFlight.decrementAndGet() == 0;
    }

    /** Its health by requests. */
    public NodeHealth health() {
        return health;
    }

    /** The exception for an attempt to which the node responded with this status. */
    public BadNodeResponseException respondedWith(int status) {
        return new BadNodeResponseException("The " + this + " responded with status " + status + ".");
    }

    /** Records a complete, valid response. */
    public void responded(double seconds) {
        latency.add(seconds, clock.nanoTime());
        health.succeeded();
    }

    /** Counts a prefill without a KV cache for decode. */
    public void missedHandover() {
        if (handoversMissed.incrementAndGet() == 1) {
            LOG.warn(
                    "{} sent a prefill response without transfer parameters, so decode computes the"
                            + " prompt itself. If this continues, start the engine with its KV connector",
                    this);
        }
    }

    /**
     * Whether an announcement is equal to the description; a registration or configuration takes precedence over it.
     */
    public boolean isDescribed(NodeSpec announced) {
        NodeView now = view;
        return now.origin().lifetime().isEmpty() || now.spec().equals(announced);
    }

    /** Applies a registration; one without models keeps the reported ones. */
    public void renew(NodeSpec newSpec, Origin newOrigin) {
        signOfLife();
        NodeView renewed = view.renewed(newSpec, newOrigin);
        renewed = newSpec.models().isEmpty() ? renewed : renewed.withModels(named(newSpec));
        String description = renewed.description();
        view = description == null ? renewed : described(renewed, description);
        health.renew();
    }

    /** Applies the node's report of its models; registered names take precedence, and the report only adds details. */
    public void report(List<ModelCard> cards) {
        List<String> registered = view.spec().models();
        List<String> unreported =
                registered.stream().filter(name -> !isAmong(cards, name)).toList();
        warnOfUnreported(unreported, cards);
        List<ModelCard> models = registered.isEmpty()
                ? List.copyOf(cards)
                : registered.stream().map(name -> find(cards, name)).toList();
        view = view.withModels(models).withUnreported(unreported);
    }

    private static boolean isAmong(List<ModelCard> cards, String name) {
        return cards.stream().anyMatch(card -> card.id().equals(name));
    }

    /** A warning only, because some engines serve any name. */
    private void warnOfUnreported(List<String> names, List<ModelCard> cards) {
        if (!names.isEmpty() && !names.equals(view.unreported())) {
            LOG.warn(
                    "{} is registered with models that it does not report: {} (reported: {})", this, names, ids(cards));
        }
    }

    private static List<String> ids(List<ModelCard> cards) {
        return cards.stream().map(ModelCard::id).toList();
    }

    private static ModelCard find(List<ModelCard> cards, String name) {
        return cards.stream().filter(card -> card.id().equals(name)).findFirst().orElseGet(() -> ModelCard.named(name));
    }

    /** Whether its engine's description has not been read yet. */
    public boolean isUndescribed() {
        return view.undescribed();
    }

    /** Applies its engine's description; an engine without one is used as configured. */
    public void describe(Optional<String> message) {
        NodeView known = view.withoutUndescribed();
        view = message.map(text -> described(known, text)).orElse(known);
    }

    private NodeView described(NodeView known, String description) {
        NodeSpec spec = known.spec();
        try {
            NodeSpec described = backend.described(spec, description);
            logCorrection("bootstrap_port", spec.bootstrapPort(), described.bootstrapPort());
            logCorrection("dp_size", spec.dpSize(), described.dpSize());
            return known.described(described, description);
        } catch (IllegalArgumentException e) {
            if (!Objects.equals(known.objection(), e.getMessage())) {
                LOG.warn("{} gets no requests: {}", this, e.getMessage());
            }
            return known.describedWithObjection(description, e.getMessage());
        }
    }

    private void logCorrection(String fact, OptionalInt before, OptionalInt now) {
        if (before.isPresent() && !before.equals(now)) {
            LOG.info(
                    "{} reports {} {} (configured: {}); the reported value is used",
                    this,
                    fact,
                    now.getAsInt(),
                    before.getAsInt());
        }
    }

    /** Makes the node unroutable for this reason until it is registered again. */
    public void object(String reason) {
        view = view.withObjection(reason);
    }

    public void waiting(boolean nowWaiting) {
        if (view.waiting() != nowWaiting) {
            view = view.withWaiting(nowWaiting);
        }
    }

    /** Ejects the node after failed probes, until one passes. */
    public void eject(String reason) {
        if (!health.isEjected()) {
            endIncarnation();
            health.eject(reason);
        }
    }

    /**
     * Ejects the node after failed requests. If it could be reached, it stays ejected for some time; if responses broke
     * off, another engine process may return.
     */
    public void eject(String reason, Outcome last) {
        if (last == Outcome.UNREACHABLE || last == Outcome.BROKEN_OFF) {
            endIncarnation();
        }
        if (last == Outcome.UNREACHABLE && !health.wasEjectedBefore()) {
            health.eject(reason);
        } else {
            health.ejectForAWhile(reason);
        }
    }

    public boolean draining() {
        return view.draining();
    }

    public void drain() {
        view = view.withDraining();
    }

    @Override
    public String toString() {
        NodeSpec spec = view.spec();
        String role = spec.role() == Role.HYBRID ? "" : spec.role().name().toLowerCase(Locale.ROOT) + " ";
        return spec.backend() + " " + role + "node " + spec.address();
    }
}
