package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Receives the events of a router, for metrics or logs. Called by the threads that serve requests, many at once: a method
 * must return at once and must not wait for a lock. An exception is logged and fails no request.
 *
 * <pre>{@code
 * RouterListener slow = new RouterListener() {
 *     @Override
 *     public void completed(RoutedRequest request) {
 *         if (request.whole().toSeconds() > 60) {
 *             log.warn("{} took {}", request.requestId(), request.whole());
 *         }
 *     }
 * };
 * }</pre>
 */
public interface RouterListener {

    /**
     * A node was selected and leased.
     *
     * @param waited the time in the admission queue
     */
    default void attemptStarted(Attempt attempt, Duration waited) {}

    /**
     * The first byte of a node's response has arrived.
     *
     * @param elapsed since the request was sent to the node
     */
    default void firstByte(Attempt attempt, Duration elapsed) {}

    /**
     * Another chunk of a stream has arrived. Called for every chunk.
     *
     * @param nanos since the previous one
     */
    default void chunk(Attempt attempt, long nanos) {}

    /**
     * The lease of an attempt was released.
     *
     * @param status of the node's response; empty if there was none
     * @param elapsed since the request was sent to the node, or since the lease if it was not sent
     */
    default void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {}

    /** A retry was denied because the retry budget is exhausted. */
    default void retryDenied(String model, Role role) {}

    /**
     * Decode has begun to respond with the KV cache of a prefill node.
     *
     * @param prefill the duration of prefill
     * @param gap from the end of prefill to the first byte of decode's response
     */
    default void handoverCompleted(Attempt decode, Duration prefill, Duration gap) {}

    /** A decode node computes the prompt itself, because the request is not split, or prefill left no KV cache. */
    default void decodedAlone(Attempt decode) {}

    /** A KV cache that the router had to release, or that decode fetched, is settled. */
    default void cacheSettled(NodeSpec prefill, CacheOutcome outcome) {}

    /** A request has ended, and with it its attempts, except legs whose response nobody waits for. */
    default void completed(RoutedRequest request) {}

    /**
     * A node was added or its state has changed. Called under the lock of the node table, as {@link #nodeLeft}: do not
     * change nodes here.
     *
     * @param before its previous state; empty if it is new
     */
    default void nodeChanged(NodeStatus node, Optional<NodeState> before) {}

    /** A node was removed from the node table. */
    default void nodeLeft(NodeSpec node) {}

    /**
     * The count of requests in flight differs from the leases held: a defect of the router.
     *
     * @param counted on all nodes
     * @param held leases that are not released
     */
    default void countsDiffer(int counted, int held) {}
}
