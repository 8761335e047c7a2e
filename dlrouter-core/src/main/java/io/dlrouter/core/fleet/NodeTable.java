package io.dlrouter.core.fleet;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.ModelCard;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.ResponseNotFoundException;
import io.dlrouter.Role;
import io.dlrouter.core.observe.AttemptResult;
import io.dlrouter.core.observe.ListenerDispatcher;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.spi.RouterClock;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All nodes, and the pools of the routable ones. Readers see one immutable snapshot. Changes of a node or of the
 * membership happen under the lock of the table, and publish a new snapshot behind one volatile field.
 */
public final class NodeTable implements RequestContext.OnlyModel {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTable.class);

    /** How many models a message names. */
    private static final int NAMED_MODELS = 5;

    private final StrategyFactory strategies;
    private final Limit limit;
    private final Links links;
    private final ListenerDispatcher listeners;
    private final RouterClock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Snapshot snapshot = new Snapshot(Map.of(), Map.of());

    /** Equality is written out for a fast cold start, as in {@link NodeAddress}. */
    private record PoolKey(String model, Role role) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof PoolKey that && model.equals(that.model) && role == that.role;
        }

        @Override
        public int hashCode() {
            return 31 * model.hashCode() + role.hashCode();
        }
    }

    /**
     * The limits of every node.
     *
     * @param failures consecutive failed requests that eject a node
     * @param inFlight the most requests in flight on a node without its own limit
     */
    public record Limit(int failures, int inFlight) {}

    private record Snapshot(Map<NodeAddress, LiveNode> nodes, Map<PoolKey, Pool> pools) {

        /** Whether this node, and not another one at its address, is in the table. */
        boolean holds(LiveNode node) {
            return nodes.get(node.spec().address()) == node;
        }

        boolean hasNodes(String model, Set<Role> roles) {
            return roles.stream()
                    .map(role -> pools.get(new PoolKey(model, role)))
                    .allMatch(pool -> pool != null && !pool.nodes().isEmpty());
        }
    }

    /**
     * A table without nodes.
     *
     * @param links notified of nodes that leave
     */
    public NodeTable(
            StrategyFactory strategies, Limit limit, Links links, ListenerDispatcher listeners, RouterClock clock) {
        this.strategies = strategies;
        this.limit = limit;
        this.links = links;
        this.listeners = listeners;
        this.clock = clock;
    }

    public Collection<LiveNode> nodes() {
        return snapshot.nodes.values();
    }

    /** The nodes, in states that their pools have seen. */
    public List<NodeStatus> statuses() {
        lock.lock();
        try {
            return nodes().stream().map(LiveNode::status).toList();
        } finally {
            lock.unlock();
        }
    }

    /** The number of nodes in each state; states without nodes are left out. */
    public Map<NodeState, Integer> states() {
        Map<NodeState, Integer> states = new EnumMap<>(NodeState.class);
        nodes().forEach(node -> states.merge(node.state(), 1, Integer::sum));
        return states;
    }

    public Optional<LiveNode> find(NodeAddress address) {
        return Optional.ofNullable(snapshot.nodes.get(address));
    }

    /** Changes the membership in one step. */
    public void change(Consumer<Map<NodeAddress, LiveNode>> change) {
        lock.lock();
        try {
            Map<NodeAddress, LiveNode> nodes = new LinkedHashMap<>(snapshot.nodes);
            change.accept(nodes);
            publish(nodes);
        } finally {
            lock.unlock();
        }
    }

    /** Changes nodes, and logs those whose state has changed. */
    public void update(Collection<LiveNode> nodes, String reason, Consumer<LiveNode> change) {
        lock.lock();
        try {
            nodes.forEach(node -> updateOne(node, reason, change));
            publish(snapshot.nodes);
        } finally {
            lock.unlock();
        }
    }

    private static void updateOne(LiveNode node, String reason, Consumer<LiveNode> change) {
        NodeState before = node.state();
        change.accept(node);
        if (node.state() != before) {
            LOG.info("{} is now {}: {}", node, node.state(), reason);
        }
    }

    private void publish(Map<NodeAddress, LiveNode> nodes) {
        Map<PoolKey, Pool> pools = new LinkedHashMap<>();
        for (LiveNode node : nodes.values()) {
            for (ModelCard card : node.models()) {
                pools.computeIfAbsent(new PoolKey(card.id(), node.spec().role()), this::poolOf);
            }
        }
        Snapshot before = snapshot;
        before.pools.forEach((key, pool) -> keepIfWaitedFor(pools, key, pool));
        Snapshot after = new Snapshot(nodes, pools);
        before.nodes.values().stream().filter(node -> !after.holds(node)).forEach(LiveNode::removed);
        pools.forEach((key, pool) -> pool.update(routable(nodes.values(), key)));
        nodes.values().stream().filter(node -> !before.holds(node)).forEach(node -> links.left(node, false));
        snapshot = after;
        before.nodes.values().forEach(this::tellIfItLeft);
        nodes.values().forEach(this::tellState);
    }

    private void tellState(LiveNode node) {
        NodeState state = node.state();
        Optional<NodeState> before = node.lastState(state);
        if (before.equals(Optional.of(NodeState.STARTING)) && state == NodeState.READY) {
            node.health().startSlowly();
        }
        if (!before.equals(Optional.of(state))) {
            listeners.nodeChanged(node.status(), before);
        }
    }

    /** Requests that wait for nodes that have left may wait for others. */
    private static void keepIfWaitedFor(Map<PoolKey, Pool> pools, PoolKey key, Pool pool) {
        if (!pools.containsKey(key) && pool.hasWaiting()) {
            pools.put(key, pool);
        }
    }

    /** Notifies links of a node that was removed or ejected, or that is another incarnation. */
    private void tellIfItLeft(LiveNode node) {
        boolean gone = node.isGone();
        if (gone) {
            listeners.nodeLeft(node.spec());
        }
        if (node.hasNewIncarnation()) {
            links.left(node, gone || node.state() == NodeState.EJECTED);
        }
    }

    /** A pool outlives changes of its membership, so its strategy keeps its state. */
    private Pool poolOf(PoolKey key) {
        Pool known = snapshot.pools.get(key);
        return known != null ? known : new Pool(strategies.create(key.role), limit.inFlight, clock);
    }

    private static List<LiveNode> routable(Collection<LiveNode> nodes, PoolKey key) {
        return nodes.stream()
                .filter(node -> node.state() == NodeState.READY)
                .filter(node -> node.spec().role() == key.role && node.serves(key.model))
                .toList();
    }

    /** The pool of a request; empty if no node of its model and role was ever known. */
    Optional<Pool> pool(RequestContext context) {
        return Optional.ofNullable(snapshot.pools.get(new PoolKey(context.model(), context.role())));
    }

    /** All pools. */
    Collection<Pool> pools() {
        return snapshot.pools.values();
    }

    /** Why no node is available for a request. */
    RuntimeException unavailable(RequestContext context) {
        String model = context.model();
        if (nodes().isEmpty()) {
            return new NoNodeAvailableException("No node is registered that could serve the model '" + model + "'.");
        }
        List<LiveNode> serving = where(node -> node.serves(model));
        if (!serving.isEmpty()) {
            return new NoNodeAvailableException("No " + context.role() + " node can take a request for the model '"
                    + model + "' at the moment: " + states(serving) + ".");
        }
        List<LiveNode> unknown = unknown();
        return unknown.isEmpty()
                ? new ModelNotFoundException("The model '" + model + "' does not exist.")
                : new NoNodeAvailableException("No known node serves the model '" + model
                        + "', but the models of some are not known yet: " + states(unknown) + ".");
    }

    /** Nodes that may still report a model. Ejected ones count while no other node has reported any. */
    private List<LiveNode> unknown() {
        boolean nothingIsKnown = where(node -> !node.models().isEmpty()).isEmpty();
        return where(node -> node.models().isEmpty() && (nothingIsKnown || node.state() != NodeState.EJECTED));
    }

    private static String states(Collection<LiveNode> nodes) {
        return nodes.stream()
                .collect(Collectors.groupingBy(
                        node -> node.spec().role() + " " + node.state(), LinkedHashMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(count -> count.getValue() + " " + count.getKey())
                .collect(Collectors.joining(", "));
    }

    private List<LiveNode> where(Predicate<LiveNode> condition) {
        return nodes().stream().filter(condition).toList();
    }

    @Override
    public String onlyModel() {
        Set<String> models = models().stream().map(ModelCard::id).collect(Collectors.toCollection(TreeSet::new));
        if (models.isEmpty()) {
            throw new NoNodeAvailableException("The request names no model, and no node has reported its models yet.");
        }
        if (models.size() > 1) {
            throw new InvalidRequestException("'model' is missing (expected: one of " + some(models) + ").", "model");
        }
        return models.iterator().next();
    }

    /** A fleet may serve thousands of models. */
    private static String some(Set<String> models) {
        String names = models.stream().limit(NAMED_MODELS).collect(Collectors.joining(", "));
        int more = models.size() - NAMED_MODELS;
        return more > 0 ? names + " and " + more + " more, see GET /v1/models" : names;
    }

    @Override
    public String anyModel() {
        return models().stream()
                .map(ModelCard::id)
                .findFirst()
                .orElseThrow(() -> new NoNodeAvailableException("No node has reported yet which models it serves."));
    }

    /**
     * Checks that the node is there that holds what a request refers to.
     *
     * @throws ResponseNotFoundException if the node has left the fleet, or serves another model
     */
    void requireHolder(StoredResponses.Location state, RequestContext request) {
        LiveNode node = snapshot.nodes.get(state.node());
        if (node == null) {
            throw new ResponseNotFoundException(
                    "Response with id '" + state.id() + "' not found: node " + state.node()
                            + ", which held it, has left the fleet.",
                    state.param());
        }
        if (node.state() == NodeState.READY && !node.serves(request.model())) {
            throw new ResponseNotFoundException(
                    "Response with id '" + state.id() + "' not found: node " + state.node()
                            + ", which held it, does not serve the model '" + request.model() + "'.",
                    state.param());
        }
    }

    /** The models of nodes that are not ejected, one card for each: the most complete one of the first node. */
    public List<ModelCard> models() {
        Map<String, ModelCard> cards = new LinkedHashMap<>();
        for (LiveNode node : where(node -> node.state() != NodeState.EJECTED)) {
            node.models().forEach(card -> cards.merge(card.id(), card, NodeTable::fuller));
        }
        return List.copyOf(cards.values());
    }

    private static ModelCard fuller(ModelCard one, ModelCard other) {
        return one.json().isPresent() || one.created().isPresent() ? one : other;
    }

    /** Whether a request could be served that needs a node of each of these roles. */
    public boolean isReady(Set<Role> roles) {
        Snapshot now = snapshot;
        return now.pools.keySet().stream().anyMatch(pool -> now.hasNodes(pool.model, roles));
    }

    /** Why none could be served; empty if one could. */
    public Optional<String> notReady(Set<Role> roles) {
        if (isReady(roles)) {
            return Optional.empty();
        }
        if (nodes().isEmpty()) {
            return Optional.of("no node is registered");
        }
        String needed = roles.stream().sorted().map(Role::name).collect(Collectors.joining(" and a "));
        return Optional.of("no model has a " + needed + " node that is ready: " + states(nodes()));
    }

    /**
     * Records that a node has failed a request. Consecutive failures, or one of a half-open node, eject it if other
     * nodes are left.
     */
    void recordFailure(LiveNode node, AttemptResult result) {
        if (node.health().failed(limit.failures) && node.state() == NodeState.READY && canSpare(node)) {
            String reason = node.health().failures() + " requests in a row failed, the last one: " + result.reason();
            update(List.of(node), reason, failing -> ejectIfSpare(failing, reason, result));
        }
    }

    /** Checks again, now that no other node can be ejected concurrently. */
    private void ejectIfSpare(LiveNode node, String reason, AttemptResult how) {
        if (node.state() == NodeState.READY && canSpare(node)) {
            node.eject(reason, how.outcome());
        }
    }

    /** Whether each pool of a node has another ready node, so that its ejection empties none. */
    public boolean canSpare(LiveNode node) {
        return snapshot.pools.values().stream()
                .map(Pool::nodes)
                .filter(members -> members.contains(node))
                .allMatch(members ->
                        members.stream().anyMatch(other -> other != node && other.state() == NodeState.READY));
    }

    /** Whether a model of the node has no ready, healthy node. */
    public boolean isNeeded(LiveNode node) {
        return node.models().stream()
                .map(card ->
                        snapshot.pools.get(new PoolKey(card.id(), node.spec().role())))
                .anyMatch(pool -> pool != null
                        && pool.nodes().stream()
                                .allMatch(other -> other.health().failures() >= limit.failures));
    }

    /** Removes a draining node after its last request. */
    public void removeIfDrained(LiveNode node) {
        if (hasDrained(node)) {
            change(nodes -> removeIfDrained(nodes, node));
        }
    }

    private static boolean hasDrained(LiveNode node) {
        return node.draining() && node.inFlight() == 0;
    }

    /** Checks again, now that the node cannot be renewed concurrently. */
    private static void removeIfDrained(Map<NodeAddress, LiveNode> nodes, LiveNode node) {
        if (hasDrained(node) && nodes.remove(node.spec().address(), node)) {
            LOG.info("{} drained and removed", node);
        }
    }

    /** Removes nodes without an announcement or a passed probe within their lifetime. */
    public void removeExpired() {
        if (nodes().stream().anyMatch(LiveNode::isExpired)) {
            change(nodes -> nodes.values().removeIf(NodeTable::hasExpired));
        }
    }

    private static boolean hasExpired(LiveNode node) {
        boolean expired = node.isExpired();
        if (expired) {
            LOG.info("{} removed: it was neither announced nor passed a probe within its lifetime", node);
        }
        return expired;
    }

    public void remove(LiveNode node) {
        change(nodes -> nodes.remove(node.spec().address(), node));
    }
}
