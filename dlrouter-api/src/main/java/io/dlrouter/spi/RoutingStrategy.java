package io.dlrouter.spi;

import java.util.List;
import java.util.Map;

/**
 * Chooses among the nodes of one pool: the routable nodes of one model and one role. Each pool has a strategy of its
 * own, so what a strategy keeps is never shared between pools.
 *
 * <pre>{@code
 * public final class LeastLoad implements RoutingStrategy {
 *     @Override
 *     public Selector selectorFor(List<? extends Node> nodes) {
 *         return context -> Collections.min(nodes, comparingInt(Node::inFlight));
 *     }
 * }
 * }</pre>
 */
@FunctionalInterface
public interface RoutingStrategy {

    /**
     * Prepares for a membership. Called when the pool changes, and with a part of the pool when a request is to be
     * placed again without the nodes that failed it; earlier selectors may still be in use. Calls for one pool never
     * overlap each other or {@link Selector#select}.
     *
     * @param nodes immutable, never empty, in the order of their registration
     */
    Selector selectorFor(List<? extends Node> nodes);

    /**
     * A request goes to a node: nearly always the one that {@link Selector#select} chose for it just before, and another
     * one where that had no room. Called under the same lock, once for each time the request is placed. What becomes of
     * it there is told to the visit.
     *
     * @return {@link SelectionObserver#NONE} if it does not matter, as it does not by default
     */
    default SelectionObserver observer(RoutingContext context, Node node) {
        return SelectionObserver.NONE;
    }

    /** Chooses a node for each request out of one membership. */
    @FunctionalInterface
    interface Selector {

        /**
         * Chooses a node. Called under the lock of the pool, and the choice is counted as in flight under the same
         * lock: choosing and counting are one step. To be short: what takes time belongs in {@link #prepare}.
         *
         * @return one of the nodes that the selector was made for
         */
        Node select(RoutingContext context);

        /**
         * Called before {@link #select} for the same request, under no lock and by many threads at once: the place to
         * have the context read the body. If the membership changes in between, or the request is placed again, it is
         * another selector of the same strategy that then chooses.
         */
        default void prepare(RoutingContext context) {}

        /**
         * What it goes by for one of its nodes, to be told to whoever asks why a node was chosen: names such as
         * {@code matched_tokens}, and values. If the node wins by the smallest of one of them, that is named
         * {@code estimate}. Called under the same lock, before {@link #select}, and only for requests
         * that are to be explained.
         */
        default Map<String, Double> explain(RoutingContext context, Node node) {
            return Map.of();
        }
    }

    /** Makes a strategy by its name. Found by {@link java.util.ServiceLoader}. */
    interface Provider {

        /** The name that configuration gives, unique among all providers. */
        String name();

        /**
         * A new strategy, for one pool.
         *
         * @param options by the names of the command line, without dashes
         * @throws IllegalArgumentException if an option has no meaning for it
         */
        RoutingStrategy create(Map<String, String> options);
    }
}
