package io.dlrouter.core.strategy;

import io.dlrouter.spi.Node;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A ring on which each node has many points, determined by its address; a key belongs to the node of the next point.
 * Without a node the points of others stay, so only its own keys move. Immutable.
 */
final class HashRing {
    /**
     * A node's share of the ring varies by one part in the square root of this, 8 %. Twice as many points would reduce
     * that to 5.6 %, which is not worth the memory with bounded loads.
     */
    private static final int POINTS_PER_NODE = 160;

    private static final long PLACE = 0xFFFF_FFFF_0000_0000L;

    private final List<? extends Node> nodes;
    private final Set<Node> members;

    /** Sorted; the upper half is a position on the ring, the lower half the index of the node. */
    private final long[] points;

    HashRing(List<? extends Node> nodes) {
        this.nodes = nodes;
        members = Set.copyOf(nodes);
        points = new long[nodes.size() * POINTS_PER_NODE];
        for (int i = 0; i < points.length; i++) {
            int node = i % nodes.size();
            points[i] = place(nodes.get(node), i / nodes.size()) | node;
        }
        Arrays.sort(points);
    }

    boolean containsAll(Collection<? extends Node> some) {
        return members.containsAll(some);
    }

    /** The number of points. */
    int size() {
        return points.length;
    }

    /** The first point at or after the position of a key. */
    int pointOf(String key) {
        int found = Arrays.binarySearch(points, mix(key.hashCode()) & PLACE);
        return found >= 0 ? found : -(found + 1);
    }

    /** The node of a point, modulo the ring. */
    Node nodeAt(int point) {
        return nodes.get((int) points[point % points.length]);
    }

    private static long place(Node node, int number) {
        return mix(hash(node.spec().address().toString()) + number) & PLACE;
    }

    /** FNV-1a: unlike {@link String#hashCode()} it keeps similar addresses apart. */
    private static long hash(String text) {
        long hash = 0xCBF2_9CE4_8422_2325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100_0000_01B3L;
        }
        return hash;
    }

    /** The finalizer of MurmurHash3: each input bit changes half of the output bits. */
    private static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 33)) * 0xFF51_AFD7_ED55_8CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CE_B9FE_1A85_EC53L;
        return mixed ^ (mixed >>> 33);
    }
}
