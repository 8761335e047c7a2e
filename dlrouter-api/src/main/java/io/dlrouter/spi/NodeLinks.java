package io.dlrouter.spi;

import io.dlrouter.Experimental;
import io.dlrouter.LegFailedException;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterClosedException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The links that must stand between prefill and decode nodes before decode may take a KV cache over. A link is made when
 * it is first asked for, by threads of this object, and kept until one of its nodes goes or it becomes doubtful. No
 * method waits for a node. Safe for use by many threads.
 */
@Experimental
public interface NodeLinks extends AutoCloseable {

    /**
     * Links two nodes, unless they are. Who asks while a link is being made waits for that one.
     *
     * @return complete when the nodes are linked, at once if they are; it ends in bounded time. If they cannot be
     *     linked, its cause is a {@link LegFailedException} that names the node at fault (the decode node if it is the
     *     pair); once this is closed, a {@link RouterClosedException}. Each caller gets one of its own: to cancel it ends
     *     nothing for others.
     */
    CompletableFuture<Void> link(NodeSpec prefill, NodeSpec decode);

    /**
     * Takes a link into use, for a decode that is about to take a cache over. A link in use is dropped only when all
     * uses have ended, or after a while if one does not.
     *
     * @return to be closed by the caller; empty if the link does not stand
     */
    Optional<Use> use(NodeSpec prefill, NodeSpec decode);

    /** One use of a link. Safe for use by many threads. */
    interface Use extends AutoCloseable {

        /** Whether the link may still be used: false from the moment in which one of its nodes left. */
        boolean stands();

        /** Says that the link is doubtful, because decode failed over it: another one is made before it is next used. */
        void broken();

        /** Ends the use. Closing twice is harmless. */
        @Override
        void close();
    }

    /**
     * Why two nodes can never be linked as long as neither has {@link #left}; empty if that is not known. Such a pair
     * is better not chosen.
     */
    Optional<String> mismatch(NodeSpec prefill, NodeSpec decode);

    /**
     * A node has gone, or is another incarnation of what it was. Its links are dropped on both sides, one that is being
     * made comes to nothing, and what was known of its engine is forgotten.
     *
     * @param alive whether its engine may still be told; else only the nodes that it was linked to are
     */
    void left(NodeSpec node, boolean alive);

    /**
     * Ends all waiting for links, drops those that stand as far as that takes only a few seconds, and ends the threads.
     * Closing twice is harmless.
     */
    @Override
    void close();
}
