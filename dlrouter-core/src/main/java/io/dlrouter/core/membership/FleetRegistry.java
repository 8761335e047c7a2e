package io.dlrouter.core.membership;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeRegistry;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeStatus;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.fleet.Origin;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes the node table for operators and engines, and persists what they registered. */
public final class FleetRegistry implements NodeRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(FleetRegistry.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final NodeTable table;
    private final EngineProber probe;
    private final Map<String, BackendAdapter> backends;
    private final @Nullable NodeTableFile file;
    private final Runnable onNode;
    private final RouterClock clock;
    /** Changes are sequential, so that the file equals the table. */
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * The registry of a table.
     *
     * @param file null to persist nothing
     * @param onNode runs when a node was registered at run time
     */
    public FleetRegistry(
            NodeTable table,
            EngineProber probe,
            Map<String, BackendAdapter> backends,
            @Nullable NodeTableFile file,
            Runnable onNode,
            RouterClock clock) {
        this.table = table;
        this.probe = probe;
        this.backends = backends;
        this.file = file;
        this.onNode = onNode;
        this.clock = clock;
    }

    /** Adds the nodes of the configuration and of the file, without requests to them. */
    public void restore(List<NodeSpec> configured) {
        Map<NodeAddress, LiveNode> nodes = new LinkedHashMap<>();
        configured.forEach(spec -> nodes.put(spec.address(), node(spec, Origin.CONFIGURED)));
        List<NodeSpec> kept = keptNodes();
        List<NodeSpec> fitting =
                kept.stream().filter(spec -> fits(spec, configured)).toList();
        fitting.forEach(spec -> nodes.computeIfAbsent(spec.address(), address -> node(spec, Origin.REGISTERED)));
        table.change(none -> none.putAll(nodes));
        if (fitting.size() < kept.size()) {
            saveWithout(List.of());
        }
    }

    private List<NodeSpec> keptNodes() {
        return file == null
                ? List.of()
                : file.read().stream().filter(this::isServed).toList();
    }

    private LiveNode node(NodeSpec spec, Origin origin) {
        return new LiveNode(spec, backendOf(spec), origin, clock);
    }

    /** The configuration of an engine's data-parallel ranks takes precedence over persisted ones. */
    private static boolean fits(NodeSpec kept, List<NodeSpec> configured) {
        List<NodeAddress> ranks = configured.stream()
                .map(NodeSpec::address)
                .filter(address -> address.url().equals(kept.address().url()))
                .toList();
        boolean fits = ranks.isEmpty() || ranks.contains(kept.address());
        if (!fits) {
            LOG.warn(
                    "Node {} removed from the node table: the configuration names this engine as {}",
                    kept.address(),
                    ranks);
        }
        return fits;
    }

    private boolean isServed(NodeSpec spec) {
        boolean served = backends.containsKey(spec.backend());
        if (!served) {
            LOG.warn(
                    "Node {} of the node table ignored: its backend is {} (expected: one of {})",
                    spec.address(),
                    spec.backend(),
                    backends.keySet());
        }
        return served;
    }

    private BackendAdapter backendOf(NodeSpec spec) {
        BackendAdapter backend = backends.get(spec.backend());
        if (backend == null) {
            throw new IllegalArgumentException("backend: " + spec.backend() + " (expected: one of "
                    + String.join(", ", backends.keySet()) + ", the backends of this router)");
        }
        return backend;
    }

    @Override
    public void add(NodeSpec spec) {
        BackendAdapter backend = backendOf(spec);
        Optional<List<ModelCard>> cards = spec.models().isEmpty() ? askForModels(spec) : Optional.empty();
        lock.lock();
        try {
            saveWith(spec);
            table.change(nodes -> {
                LiveNode node = register(nodes, spec, backend, Origin.REGISTERED);
                cards.ifPresentOrElse(
                        node::report, () -> node.waiting(spec.models().isEmpty()));
                LOG.info("{} registered: {} {}", node, spec.role(), node.state());
            });
        } finally {
            lock.unlock();
        }
        onNode.run();
    }

    @Override
    public void announce(NodeSpec spec, Duration lifetime) {
        Optional<LiveNode> known = table.find(spec.address());
        if (known.filter(node -> node.isDescribed(spec)).isPresent()) {
            known.get().signOfLife();
            return;
        }
        BackendAdapter backend = backendOf(spec);
        table.change(nodes -> {
            LiveNode now = nodes.get(spec.address());
            if (now == null || !now.isDescribed(spec)) {
                LiveNode node = register(nodes, spec, backend, Origin.announced(lifetime));
                LOG.info("{} registered by an announcement: {}", node, node.state());
            }
        });
        onNode.run();
    }

    private Optional<List<ModelCard>> askForModels(NodeSpec spec) {
        try {
            return Optional.of(probe.models(spec.address().url(), PATIENCE));
        } catch (IOException e) {
            LOG.warn("Models of {} are not known yet: {}", spec.address(), e.getMessage());
            return Optional.empty();
        }
    }

    /** A node of another backend is another node. */
    private LiveNode register(Map<NodeAddress, LiveNode> nodes, NodeSpec spec, BackendAdapter backend, Origin origin) {
        LiveNode known = nodes.get(spec.address());
        if (known != null && known.backend() == backend) {
            known.renew(spec, origin);
            return known;
        }
        LiveNode added = new LiveNode(
                spec, backend, known == null ? origin : known.origin().or(origin), clock);
        nodes.put(spec.address(), added);
        return added;
    }

    @Override
    public boolean remove(NodeAddress address) {
        Optional<LiveNode> node = table.find(address);
        node.ifPresent(found -> remove(List.of(found)));
        return node.isPresent();
    }

    private void remove(List<LiveNode> leaving) {
        lock.lock();
        try {
            saveWithout(leaving);
            leaving.forEach(table::remove);
            leaving.forEach(node -> LOG.info("{} removed", node));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean drain(NodeAddress address) {
        Optional<LiveNode> node = table.find(address);
        node.ifPresent(this::drain);
        return node.isPresent();
    }

    private void drain(LiveNode node) {
        lock.lock();
        try {
            saveWithout(List.of(node));
            table.update(List.of(node), "it is to end its " + node.inFlight() + " requests", LiveNode::drain);
        } finally {
            lock.unlock();
        }
        table.removeIfDrained(node);
    }

    private void saveWith(NodeSpec added) {
        List<NodeSpec> specs =
                new ArrayList<>(saved(node -> !node.spec().address().equals(added.address())));
        if (table.find(added.address())
                .map(node -> node.origin().or(Origin.REGISTERED))
                .orElse(Origin.REGISTERED)
                .kept()) {
            specs.add(added);
        }
        save(specs);
    }

    private void saveWithout(List<LiveNode> leaving) {
        save(saved(node -> !leaving.contains(node)));
    }

    /** The nodes to persist: not those that are registered again by themselves, nor draining ones. */
    private List<NodeSpec> saved(Predicate<LiveNode> condition) {
        return table.nodes().stream()
                .filter(node -> node.origin().kept() && !node.draining())
                .filter(condition)
                .map(LiveNode::spec)
                .toList();
    }

    private void save(List<NodeSpec> specs) {
        if (file != null) {
            file.write(specs);
        }
    }

    @Override
    public boolean terminate(NodeAddress address) {
        Optional<LiveNode> node = table.find(address);
        node.ifPresent(this::terminate);
        return node.isPresent();
    }

    private void terminate(LiveNode node) {
        URI engine = node.spec().address().url();
        int status = askToEnd(engine, node);
        if (status >= 300) {
            throw new BadNodeResponseException("The " + node + " responded to GET /terminate with status " + status
                    + " and stays registered (expected: 200). Allow clients to terminate the engine where it has such an"
                    + " option, or end its process and remove the node.");
        }
        remove(table.nodes().stream()
                .filter(rank -> rank.spec().address().url().equals(engine))
                .toList());
    }

    private int askToEnd(URI engine, LiveNode node) {
        try {
            return probe.terminate(engine, PATIENCE);
        } catch (IOException e) {
            throw new NodeUnreachableException(
                    "The " + node + " did not respond to GET /terminate and stays registered: " + e.getMessage(), e);
        }
    }

    @Override
    public List<NodeStatus> all() {
        return table.statuses();
    }
}
