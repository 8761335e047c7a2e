package io.dlrouter.testkit;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Selects the node with the fewest requests in flight, with the one defect that a test of the contract is to find. */
final class HouseStrategy implements RoutingStrategy {
    private static final HouseStrategy SHARED = new HouseStrategy("provider_optionsOfOthers_makesAStrategyForEachPool");

    private final String defect;
    private volatile List<? extends Node> latest = List.of();
    private volatile List<? extends Node> first = List.of();

    private HouseStrategy(String defect) {
        this.defect = defect;
    }

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        latest = nodes;
        if (first.isEmpty()) {
            first = nodes;
        }
        return new Selector() {
            @Override
            public Node select(RoutingContext context) {
                return HouseStrategy.this.select(nodes);
            }

            @Override
            public Map<String, Double> explain(RoutingContext context, Node node) {
                boolean wrong = defect.equals("explain_eachCandidate_givesNumbers");
                return Map.of("in_flight", wrong ? Double.NaN : node.inFlight());
            }
        };
    }

    private Node select(List<? extends Node> nodes) {
        Node best = Collections.min(nodes, Comparator.comparingInt(Node::inFlight));
        return switch (defect) {
            case "select_membershipComesAndGoes_picksOnlyItsNodes" -> first.get(0);
            case "select_earlierSelectorStillUsed_picksOnlyItsNodes",
                    "retry_partOfThePool_leavesThePoolsSelectorInOrder" ->
                latest.get(0) == nodes.get(0) ? best : new FakeNode(best.spec());
            case "select_requestsBeginAndEnd_countsOnlyThoseUnderWay",
                    "select_manyThreadsUnderOneLock_countsEachPick" -> counted((FakeNode) best);
            case "select_burstOnIdleEqualNodes_givesNoneMoreThanItsShare",
                    "select_steadyTrafficOnAFleetThatChanges_starvesAndFloodsNoNode" -> nodes.get(0);
            default -> best;
        };
    }

    private static FakeNode counted(FakeNode node) {
        node.begin();
        return node;
    }

    /** Makes the strategy {@code house}. */
    public static class Provider implements RoutingStrategy.Provider {
        private final String defect;

        /** One that nothing is wrong with, for the service loader. */
        public Provider() {
            this("");
        }

        Provider(String defect) {
            this.defect = defect;
        }

        @Override
        public String name() {
            return "house";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            return SHARED.defect.equals(defect) ? SHARED : new HouseStrategy(defect);
        }
    }
}
