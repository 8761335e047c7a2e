package io.dlrouter.core.serve;

import io.dlrouter.core.openai.ApiDialect;
import io.dlrouter.core.sse.EventParser;
import java.io.EOFException;

/**
 * Checks whether a stream of events that ends with its connection may be complete. HTTP does not show that, but the
 * events do: a complete stream ends with a blank line, and in a known dialect with a certain event. Used by one thread.
 */
final class StreamEnd {
    /** More than any type of a final event. */
    private static final int KEPT = 64;

    private final EventParser events;
    private boolean lastEventSeen;

    StreamEnd(ApiDialect dialect) {
        this.lastEventSeen = dialect == ApiDialect.OTHER;
        this.events = new EventParser(
                KEPT,
                event -> lastEventSeen |=
                        dialect.isLastEvent(event.type().strip(), event.data().strip()));
    }

    void add(byte[] bytes, int offset, int count) {
        events.add(bytes, offset, count);
    }

    /**
     * Checks the stream at the end of its connection.
     *
     * @throws EOFException if it is not complete
     */
    void check() throws EOFException {
        if (events.isWithinEvent()) {
            throw new EOFException("the connection ended in the middle of an event");
        }
        if (!lastEventSeen) {
            throw new EOFException("the connection ended before the last event of the stream");
        }
    }
}
