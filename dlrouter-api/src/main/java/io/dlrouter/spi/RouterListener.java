package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.Role;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Hears what a router does, to measure or to log it. Called by the threads that serve requests, many at once: a method
 * must return at once and take no lock that others hold for long. One that throws is logged and costs no request.
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
     * A strategy has chosen a node, and the request has a place there.
     *
     * @param waited how long the request stood in the queue for a place
     */
    default void attemptStarted(Attempt attempt, Duration waited) {}

    /**
     * The first byte of a node's answer is in.
     *
     * @param elapsed since the node was sent the request
     */
    default void firstByte(Attempt attempt, Duration elapsed) {}

    /**
     * More of a stream is in. Called for every chunk of every stream.
     *
     * @param nanos since the one before it
     */
    default void chunk(Attempt attempt, long nanos) {}

    /**
     * The place of an attempt was given back.
     *
     * @param status of the node's answer; empty if there was none
     * @param elapsed since the node was sent the request, or got the place if it was sent none
     */
    default void attemptEnded(Attempt attempt, Outcome outcome, OptionalInt status, Duration elapsed) {}

    /** A request was to be tried on another node, but such tries have made up their share of the load already. */
    default void retryDenied(String model, Role role) {}

    /**
     * Decode has begun to answer with the KV cache of a prefill node.
     *
     * @param prefill how long prefill took
     * @param gap from the end of prefill to the first byte of decode's answer
     */
    default void handoverCompleted(Attempt decode, Duration prefill, Duration gap) {}

    /** A decode node reads the prompt itself, because the request is not split, or prefill left nothing for it. */
    default void decodedAlone(Attempt decode) {}

    /** What became of a KV cache that the prefill node had to be told about. */
    default void cacheSettled(NodeSpec prefill, CacheOutcome outcome) {}

    /** A request has ended, and with it all its attempts but those whose answer nobody waits for. */
    default void completed(RoutedRequest request) {}

    /**
     * A node has come, or stands otherwise than before. Called under the lock of the node table, as {@link #nodeLeft} is:
     * not to change nodes there.
     *
     * @param before its state until now; empty if it is new
     */
    default void nodeChanged(NodeStatus node, Optional<NodeState> before) {}

    /** A node has been taken out of the table. */
    default void nodeLeft(NodeSpec node) {}

    /**
     * The requests that are counted as in flight are not those that hold a place: a defect of the router's.
     *
     * @param counted on all nodes
     * @param held places that were given and not given back
     */
    default void countsDiffer(int counted, int held) {}
}
