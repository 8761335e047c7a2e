package io.dlrouter.core;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.ModelCard;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import java.util.Collection;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes, and the pools made of those that are routable. Readers see one immutable snapshot; whoever changes a node
 * or the membership does so under the table's lock, and a new snapshot is published behind one volatile field.
 */
final class NodeTable implements RequestContext.OnlyModel {
    private static final Logger LOG = LoggerFactory.getLogger(NodeTable.class);

    private final Strategies strategies;
    private final int maxFailures;
    private final Links links;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Snapshot snapshot = new Snapshot(Map.of(), Map.of());

    private record PoolKey(String model, Role role) {}

    private record Snapshot(Map<NodeAddress, LiveNode> nodes, Map<PoolKey, Pool> pools) {

        /** Whether this very node is in it, and not another one at its address. */
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
     * @param maxFailures how many failures in a row eject a node
     * @param links to be told of nodes that leave
     */
    NodeTable(Strategies strategies, int maxFailures, Links links) {
        this.strategies = strategies;
        this.maxFailures = maxFailures;
        this.links = links;
    }

    Collection<LiveNode> nodes() {
        return snapshot.nodes.values();
    }

    /** How the nodes stand, in no state that their pools do not know of yet. */
    List<NodeStatus> statuses() {
        lock.lock();
        try {
            return nodes().stream().map(LiveNode::status).toList();
        } finally {
            lock.unlock();
        }
    }

    Optional<LiveNode> find(NodeAddress address) {
        return Optional.ofNullable(snapshot.nodes.get(address));
    }

    /** Makes a change to the membership, all in one step. */
    void change(Consumer<Map<NodeAddress, LiveNode>> change) {
        lock.lock();
        try {
            Map<NodeAddress, LiveNode> nodes = new LinkedHashMap<>(snapshot.nodes);
            change.accept(nodes);
            publish(nodes);
        } finally {
            lock.unlock();
        }
    }

    /** Makes a change to how nodes stand, and says so in the log where their state is another than before. */
    void update(Collection<LiveNode> nodes, String reason, Consumer<LiveNode> change) {
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
        pools.forEach((key, pool) -> pool.update(routable(nodes.values(), key)));
        Snapshot before = snapshot;
        nodes.values().stream().filter(node -> !before.holds(node)).forEach(node -> links.left(node, false));
        snapshot = new Snapshot(nodes, pools);
        before.nodes.values().forEach(this::tellIfItLeft);
    }

    /** A node that is gone or ejected may still be told so by its peers' router; one that was renewed is another. */
    private void tellIfItLeft(LiveNode node) {
        boolean gone = !snapshot.holds(node);
        if (gone) {
            node.goForGood();
        }
        if (node.hasNewIncarnation()) {
            links.left(node, gone || node.state() == NodeState.EJECTED);
        }
    }

    /** A pool outlives changes of its membership: its strategy keeps its state. */
    private Pool poolOf(PoolKey key) {
        Pool known = snapshot.pools.get(key);
        return known != null ? known : new Pool(strategies.create(key.role));
    }

    private static List<LiveNode> routable(Collection<LiveNode> nodes, PoolKey key) {
        return nodes.stream()
                .filter(node -> node.state() == NodeState.READY)
                .filter(node -> node.spec().role() == key.role && node.serves(key.model))
                .toList();
    }

    /**
     * Places a request.
     *
     * @param tried nodes that have failed it
     * @throws ModelNotFoundException if no node serves the model
     * @throws NoNodeAvailableException if none of those that do is routable, or all have been tried
     */
    NodeLease lease(RequestContext context, Set<LiveNode> tried) {
        Pool pool = snapshot.pools.get(new PoolKey(context.model(), context.role()));
        return Optional.ofNullable(pool)
                .flatMap(found -> found.acquire(context, tried))
                .map(node -> new NodeLease(node, this))
                .orElseThrow(() -> unplaceable(context.model(), context.role()));
    }

    /** The nodes on which a request may be placed. */
    List<LiveNode> routable(RequestContext context) {
        Pool pool = snapshot.pools.get(new PoolKey(context.model(), context.role()));
        return pool == null ? List.of() : pool.nodes();
    }

    private RuntimeException unplaceable(String model, Role role) {
        List<LiveNode> serving = where(node -> node.serves(model));
        if (!serving.isEmpty()) {
            return new NoNodeAvailableException("No " + role + " node can take a request for the model '" + model
                    + "' at the moment: " + states(serving) + ".");
        }
        List<LiveNode> unknown = where(node -> node.models().isEmpty() && node.state() != NodeState.EJECTED);
        return unknown.isEmpty()
                ? new ModelNotFoundException("The model '" + model + "' does not exist.")
                : new NoNodeAvailableException("No node is known to serve the model '" + model
                        + "', but the models of some are not known yet: " + states(unknown) + ".");
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
            throw new NoNodeAvailableException("The request names no model, and no node has said yet what it serves.");
        }
        if (models.size() > 1) {
            throw new InvalidRequestException(
                    "'model' is missing (expected: one of " + String.join(", ", models) + ").", "model");
        }
        return models.iterator().next();
    }

    /** The models of the nodes that are not ejected, one card a model: the first node's that knows most of it. */
    List<ModelCard> models() {
        Map<String, ModelCard> cards = new LinkedHashMap<>();
        for (LiveNode node : where(node -> node.state() != NodeState.EJECTED)) {
            node.models().forEach(card -> cards.merge(card.id(), card, NodeTable::fuller));
        }
        return List.copyOf(cards.values());
    }

    private static ModelCard fuller(ModelCard one, ModelCard other) {
        return one.created().isPresent() ? one : other;
    }

    /** Why no request could be placed that needs a node of each of these roles; empty if one could. */
    Optional<String> notReady(Set<Role> roles) {
        Snapshot now = snapshot;
        if (now.pools.keySet().stream().anyMatch(pool -> now.hasNodes(pool.model, roles))) {
            return Optional.empty();
        }
        if (nodes().isEmpty()) {
            return Optional.of("no node is registered");
        }
        String needed = roles.stream().sorted().map(Role::name).collect(Collectors.joining(" and a "));
        return Optional.of("no model has a " + needed + " node that is ready: " + states(nodes()));
    }

    /** Counts a node's failure to answer a request; too many in a row eject it. */
    void failed(LiveNode node) {
        if (node.failed() >= maxFailures && canSpare(node)) {
            update(List.of(node), maxFailures + " requests in a row did not reach it", this::ejectIfSpare);
        }
    }

    /** Asks once more, now that no other node can be ejected at the same time. */
    private void ejectIfSpare(LiveNode node) {
        if (canSpare(node)) {
            node.eject();
        }
    }

    /** Whether each pool of a node has another one: failing requests never empty a pool. */
    private boolean canSpare(LiveNode node) {
        return snapshot.pools.values().stream()
                .map(Pool::nodes)
                .noneMatch(members -> members.size() == 1 && members.contains(node));
    }

    /** Takes a draining node out when its last request has ended. */
    void released(LiveNode node) {
        if (hasDrained(node)) {
            change(nodes -> removeIfDrained(nodes, node));
        }
    }

    private static boolean hasDrained(LiveNode node) {
        return node.draining() && node.inFlight() == 0;
    }

    /** Asks once more, now that the node cannot be renewed at the same time. */
    private static void removeIfDrained(Map<NodeAddress, LiveNode> nodes, LiveNode node) {
        if (hasDrained(node) && nodes.remove(node.spec().address(), node)) {
            LOG.info("{} has drained and is removed", node);
        }
    }

    /** Takes those out that have given no sign of life for their lifetime. */
    void removeExpired() {
        if (nodes().stream().anyMatch(LiveNode::isExpired)) {
            change(nodes -> nodes.values().removeIf(NodeTable::hasExpired));
        }
    }

    private static boolean hasExpired(LiveNode node) {
        boolean expired = node.isExpired();
        if (expired) {
            LOG.info("{} is removed: it was neither announced nor passed a probe for its lifetime", node);
        }
        return expired;
    }

    void remove(LiveNode node) {
        change(nodes -> nodes.remove(node.spec().address(), node));
    }
}
