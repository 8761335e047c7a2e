package io.dlrouter.core.http;

import io.dlrouter.core.runtime.Deadlines;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections to one engine. They are kept for less than the five seconds after which uvicorn, under vLLM and
 * LMDeploy, closes them. Safe for use by many threads.
 */
final class IdleConnections {
    private static final Duration KEEP = Duration.ofSeconds(4);

    private final Deadlines deadlines;
    private final Deque<Idle> waiting = new ConcurrentLinkedDeque<>();

    IdleConnections(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    /** A connection that is closed unless it is taken in time. */
    private final class Idle {
        private final NodeConnection connection;
        private final Deadlines.Deadline deadline;

        Idle(NodeConnection connection) {
            this.connection = connection;
            this.deadline = deadlines.start(KEEP, this::expire);
        }

        private void expire() {
            waiting.removeLastOccurrence(this);
            connection.close();
        }
    }

    void put(NodeConnection connection) {
        waiting.addFirst(new Idle(connection));
    }

    /**
     * The connection that was used last; null if there is none. A connection on which the node has sent something, or
     * which it has closed, is closed here: those bytes are no response to a later request (RFC 9112, 6.3).
     */
    @Nullable
    NodeConnection take() {
        NodeConnection connection = next();
        while (connection != null && !connection.isQuiet()) {
            connection.close();
            connection = next();
        }
        return connection;
    }

    private @Nullable NodeConnection next() {
        for (Idle idle = waiting.pollFirst(); idle != null; idle = waiting.pollFirst()) {
            if (idle.deadline.cancel()) {
                return idle.connection;
            }
        }
        return null;
    }

    void closeAll() {
        for (NodeConnection connection = next(); connection != null; connection = next()) {
            connection.close();
        }
    }
}
