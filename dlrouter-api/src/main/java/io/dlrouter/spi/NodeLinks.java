package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterClosedException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Links between prefill and decode nodes that decode needs to fetch a KV cache. A link is established on its first use,
 * by threads of this object, and kept until one of its nodes leaves or it becomes doubtful. No method waits for a node.
 * Safe for use by many threads.
 */
@Experimental
public interface NodeLinks extends AutoCloseable {

    /**
     * Links two nodes, unless they are linked. Concurrent callers share one handshake.
     *
     * @return completes when the nodes are linked, in bounded time. If they cannot be linked, the cause is a {@link
     *     LegFailedException} that names the failed node (the decode node if it is the pair); after {@link #close}, a
     *     {@link RouterClosedException}. Each caller gets its own future; cancelling it does not affect others.
     */
    CompletableFuture<Void> link(NodeSpec prefill, NodeSpec decode);

    /**
     * Uses a link for a decode that is about to fetch a cache. A link in use is dropped only after all uses have ended,
     * or after some time.
     *
     * @return to be closed by the caller; empty if there is no link
     */
    Optional<Use> use(NodeSpec prefill, NodeSpec decode);

    /** One use of a link. Safe for use by many threads. */
    interface Use extends AutoCloseable {

        /** Whether the link may still be used: false from the moment one of its nodes has left. */
        boolean stands();

        /** Reports a failed decode over the link: it is established anew before its next use. */
        void broken();

        /** Ends the use. Closing twice is harmless. */
        @Override
        void close();
    }

    /**
     * Why two nodes cannot be linked until one of them has {@link #left}; empty if unknown. Such a pair is not
     * selected.
     */
    Optional<String> mismatch(NodeSpec prefill, NodeSpec decode);

    /**
     * A node was removed, or is another incarnation. Its links are dropped on both sides, a handshake in progress is
     * abandoned, and knowledge of its engine is discarded.
     *
     * @param alive whether its engine may still be called; otherwise only its peers are
     */
    void left(NodeSpec node, boolean alive);

    /**
     * Ends all waits, drops established links within a few seconds, and ends the threads. Closing twice is harmless.
     */
    @Override
    void close();
}
