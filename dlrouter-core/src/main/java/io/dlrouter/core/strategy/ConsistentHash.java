package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Keeps the requests of one session on one node, by consistent hashing with bounded loads. A key belongs to the next node
 * on a ring. A node above 1.25 times the mean in flight, and at least 4 above it, passes the key to the less loaded of the
 * next two nodes, or, if that one is overloaded too, to the next node after them that is not. A node that leaves moves
 * only its own keys. Routers that have the same nodes agree on the owner of a key.
 */
public final class ConsistentHash implements RoutingStrategy {
    private static final double MOST_OF_MEAN = 1.25;

    /** With few requests, a factor alone would separate the requests of one session. */
    private static final int LEAST_ABOVE_MEAN = 4;

    /** Of the latest membership or a superset, so that a retry without a node builds no ring. */
    private HashRing ring = new HashRing(List.of());

    /** A strategy without nodes. */
    public ConsistentHash() {}

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        if (!ring.containsAll(nodes)) {
            ring = new HashRing(nodes);
        }
        return new Walk(ring, nodes);
    }

    /** The order of nodes on a ring, without overloaded ones and those outside the membership. */
    private static final class Walk implements Selector {
        private final HashRing ring;
        private final List<? extends Node> nodes;
        private final Set<Node> members;

        Walk(HashRing ring, List<? extends Node> nodes) {
            this.ring = ring;
            this.nodes = nodes;
            this.members = Set.copyOf(nodes);
        }

        /** Reads the key and computes its hash, which are kept. */
        @Override
        public void prepare(RoutingContext context) {
            ring.pointOf(context.sessionKey());
        }

        @Override
        public Node select(RoutingContext context) {
            int point = memberFrom(ring.pointOf(context.sessionKey()));
            Node owner = ring.nodeAt(point);
            // Whatever the mean is, below this no node is so far above it.
            return owner.inFlight() < LEAST_ABOVE_MEAN ? owner : selectFrom(point, mean());
        }

        @Override
        public Map<String, Double> explain(RoutingContext context, Node node) {
            double mean = mean();
            return Map.of("most_in_flight", Math.max(MOST_OF_MEAN * mean, mean + LEAST_ABOVE_MEAN));
        }

        private int memberFrom(int point) {
            int found = point;
            while (!members.contains(ring.nodeAt(found))) {
                found++;
            }
            return found;
        }

        private Node selectFrom(int point, double mean) {
            Iterator<Node> following = membersFrom(point).iterator();
            Node owner = following.next();
            if (!isOverloaded(owner, mean) || !following.hasNext()) {
                return owner;
            }
            Node choice = following.next();
            if (following.hasNext()) {
                choice = lessLoaded(choice, following.next());
            }
            while (isOverloaded(choice, mean) && following.hasNext()) {
                choice = following.next();
            }
            // Another model's pool, with a lock of its own, may have filled all nodes since they were counted.
            return isOverloaded(choice, mean) ? owner : choice;
        }

        /** Each member once, in order from a point. */
        private Stream<Node> membersFrom(int point) {
            return IntStream.range(point, point + ring.size())
                    .mapToObj(ring::nodeAt)
                    .filter(members::contains)
                    .distinct();
        }

        private static Node lessLoaded(Node one, Node next) {
            return next.inFlight() < one.inFlight() ? next : one;
        }

        private static boolean isOverloaded(Node node, double mean) {
            int load = node.inFlight();
            return load > MOST_OF_MEAN * mean && load >= mean + LEAST_ABOVE_MEAN;
        }

        private double mean() {
            long load = 0;
            for (Node node : nodes) {
                load += node.inFlight();
            }
            return (double) load / nodes.size();
        }
    }

    /** Creates the strategy {@code consistent_hash}. */
    public static final class Provider implements RoutingStrategy.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

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
