package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The routable nodes of one model and one role, and the strategy that chooses among them. Choosing and counting are
 * one step under the pool's lock.
 */
final class Pool {
    private final RoutingStrategy strategy;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Membership membership = new Membership(List.of(), List.of(), context -> {
        throw new IllegalStateException("the pool is empty");
    });

    private record Membership(List<LiveNode> nodes, List<NodeSpec> specs, RoutingStrategy.Selector selector) {}

    Pool(RoutingStrategy strategy) {
        this.strategy = strategy;
    }

    List<LiveNode> nodes() {
        return membership.nodes;
    }

    /** Takes over a new membership; the same one again, its nodes described as before, changes nothing. */
    void update(List<LiveNode> nodes) {
        lock.lock();
        try {
            List<NodeSpec> specs = nodes.stream().map(LiveNode::spec).toList();
            Membership current = membership;
            if (!nodes.equals(current.nodes) || !specs.equals(current.specs)) {
                membership =
                        new Membership(nodes, specs, nodes.isEmpty() ? current.selector : strategy.selectorFor(nodes));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Chooses a node that has not been tried and counts the request on it; empty if there is none left. */
    Optional<LiveNode> acquire(RequestContext context, Set<LiveNode> tried) {
        membership.selector.prepare(context);
        lock.lock();
        try {
            List<LiveNode> left = without(tried);
            if (left.isEmpty()) {
                return Optional.empty();
            }
            RoutingStrategy.Selector selector =
                    left == membership.nodes ? membership.selector : strategy.selectorFor(left);
            LiveNode chosen = member(selector.select(context), left);
            chosen.acquire();
            return Optional.of(chosen);
        } finally {
            lock.unlock();
        }
    }

    private List<LiveNode> without(Set<LiveNode> tried) {
        List<LiveNode> all = membership.nodes;
        return tried.isEmpty()
                ? all
                : all.stream().filter(node -> !tried.contains(node)).toList();
    }

    private LiveNode member(Node chosen, List<LiveNode> given) {
        if (chosen instanceof LiveNode live && given.contains(live)) {
            return live;
        }
        throw new IllegalStateException(strategy.getClass().getName() + " chose " + chosen
                + " (expected: one of the nodes that its selector was made for)");
    }
}
