package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the requests of one session on one node, by consistent hashing with bounded loads: a key belongs to the next
 * node on a ring, and a node that this request would bring above 1.25 times the mean load passes it on to the next. A
 * node that leaves moves only its own keys. Routers that have the same nodes agree on whose a key is.
 */
public final class ConsistentHash implements RoutingStrategy {
    private static final double MOST_LOAD = 1.25;

    /** Of the latest membership or of one that it is a part of, so that a retry without a node builds no ring. */
    private HashRing ring = new HashRing(List.of());

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        if (!ring.containsAll(nodes)) {
            ring = new HashRing(nodes);
        }
        return new Walk(ring, nodes);
    }

    /** The way around a ring past the nodes that are full, and those that are not in the membership. */
    private static final class Walk implements Selector {
        private final HashRing ring;
        private final List<? extends Node> nodes;
        private final Set<Node> members;

        Walk(HashRing ring, List<? extends Node> nodes) {
            this.ring = ring;
            this.nodes = nodes;
            this.members = Set.copyOf(nodes);
        }

        /** Has the key read, and its hash computed: the context keeps the one, the string the other. */
        @Override
        public void prepare(RoutingContext context) {
            ring.pointOf(context.sessionKey());
        }

        @Override
        public Node select(RoutingContext context) {
            return nextBelow(mostLoad(), ring.pointOf(context.sessionKey()));
        }

        @Override
        public Map<String, Double> weigh(RoutingContext context, Node node) {
            return Map.of("most_in_flight", mostLoad());
        }

        private Node nextBelow(double most, int first) {
            for (int point = first; point < first + ring.size(); point++) {
                Node node = ring.nodeAt(point);
                if (node.inFlight() < most && members.contains(node)) {
                    return node;
                }
            }
            // Another model's pool, with a lock of its own, may have filled the nodes since they were counted.
            return nextBelow(Double.POSITIVE_INFINITY, first);
        }

        /** What a node must be below to be given this request; unless the load grows, one always is. */
        private double mostLoad() {
            int load = 1;
            for (Node node : nodes) {
                load += node.inFlight();
            }
            return Math.ceil(MOST_LOAD * load / nodes.size());
        }
    }

    /** Makes the strategy {@code consistent_hash}. */
    public static final class Provider implements RoutingStrategy.Provider {
        @Override
        public String name() {
            return "consistent_hash";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new ConsistentHash();
        }
    }
}
