package io.dlrouter.core.strategy;

import io.dlrouter.NodeAddress;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Map;

/**
 * Selects one node after the other in the order of their registration. A change of membership does not restart the
 * round: it goes on after the node that was picked last or, if that has left, after where it stood.
 */
public final class RoundRobin implements RoutingStrategy {
    private Round latest = new Round(List.of());

    /** Without any node. */
    public RoundRobin() {}

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        return new Round(nodes);
    }

    /** The way around one membership; only the round that picked last knows where to go on. */
    private final class Round implements Selector {
        private final List<? extends Node> nodes;
        private int last = -1;

        Round(List<? extends Node> nodes) {
            this.nodes = nodes;
        }

        @Override
        public Node select(RoutingContext context) {
            if (latest != this) {
                last = placeOf(latest);
                latest = this;
            }
            last = (last + 1) % nodes.size();
            return nodes.get(last);
        }

        /** Where another round's last node stands here or, if it does not, the nearest that stood before it. */
        private int placeOf(Round other) {
            int place = -1;
            for (int i = other.last; i >= 0 && place < 0; i--) {
                place = indexOf(other.nodes.get(i).spec().address());
            }
            return place;
        }

        private int indexOf(NodeAddress address) {
            int index = nodes.size() - 1;
            while (index >= 0 && !nodes.get(index).spec().address().equals(address)) {
                index--;
            }
            return index;
        }
    }

    /** Makes the strategy {@code round_robin}. */
    public static final class Provider implements RoutingStrategy.Provider {
        /** For {@link java.util.ServiceLoader}. */
        public Provider() {}

        @Override
        public String name() {
            return "round_robin";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return new RoundRobin();
        }
    }
}
