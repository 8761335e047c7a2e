package io.dlrouter.core.strategy;

import io.dlrouter.NodeAddress;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.List;
import java.util.Map;

/**
 * Selects nodes in the order of their registration. A change of membership does not restart the order: it continues
 * after the node that was selected last, or after its former position.
 */
public final class RoundRobin implements RoutingStrategy {
    private Round latest = new Round(List.of());

    /** A strategy without nodes. */
    public RoundRobin() {}

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        return new Round(nodes);
    }

    /** The order of a membership; only the selector that was used last knows the position. */
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

        /** The position of another selector's last node here, or of the nearest one before it. */
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

    /** Creates the strategy {@code round_robin}. */
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
