package io.dlrouter.spi;

import java.util.List;
import java.util.Map;

/**
 * Selects among the nodes of one pool: the routable nodes of one model and one role. Each pool has its own strategy
 * object, so its state is never shared between pools.
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
     * Creates a selector for a membership. Called when the pool changes, and with a subset of the pool for a retry
     * without failed nodes; earlier selectors may still be in use. Calls for one pool never overlap each other or
     * {@link Selector#select}.
     *
     * @param nodes immutable, not empty, in order of registration
     */
    Selector selectorFor(List<? extends Node> nodes);

    /**
     * Creates an observer for a request on a node: usually the node that {@link Selector#select} has just selected, or
     * another one if that had no capacity. Called under the same lock, once for each attempt.
     *
     * @return {@link SelectionObserver#NONE} by default
     */
    default SelectionObserver observer(RoutingContext context, Node node) {
        return SelectionObserver.NONE;
    }

    /** Selects nodes of one membership. */
    @FunctionalInterface
    interface Selector {

        /**
         * Selects a node. Called under the lock of the pool; the node counts the request under the same lock, so
         * selecting and counting are one step. Must be short: expensive work belongs in {@link #prepare}.
         *
         * @return one of the nodes of the membership
         */
        Node select(RoutingContext context);

        /**
         * Called before {@link #select} for the same request, without a lock and by many threads at once, to let the
         * context read the body. If the membership changes in between, or the request is retried, another selector of
         * the same strategy selects.
         */
        default void prepare(RoutingContext context) {}

        /**
         * The values that the strategy compares for one of its nodes, by names such as {@code matched_tokens}, for
         * explanations. If the smallest value wins, its name is {@code estimate}. Called under the same lock, before
         * {@link #select}, and only for explained requests.
         */
        default Map<String, Double> explain(RoutingContext context, Node node) {
            return Map.of();
        }
    }

    /** Creates strategies. Found by {@link java.util.ServiceLoader}. */
    interface Provider {

        /** The name in configuration, unique among all providers. */
        String name();

        /**
         * A new strategy for one pool.
         *
         * @param options by their names on the command line, without dashes
         * @throws IllegalArgumentException if an option is invalid
         */
        RoutingStrategy create(Map<String, String> options);
    }
}
