package io.dlrouter.core.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.core.openai.ApiDialect;
import java.io.EOFException;

/**
 * Reads along with a stream of events that ends with its connection, and tells at its end whether it can be the whole
 * one. HTTP does not show that, but the events do: a whole stream ends with a blank line, and in a known dialect with a
 * certain event. Used by one thread.
 */
final class StreamEnd {
    /** More than any type of an event that ends a stream. */
    private static final int KEPT = 64;

    private final ApiDialect dialect;
    private final byte[] line = new byte[KEPT];
    private int lineLength;
    private boolean afterReturn;
    private boolean endsLinesInPairs;
    private boolean eventOpen;
    private boolean lastEventSeen;
    private String event = "";
    private String data = "";

    StreamEnd(ApiDialect dialect) {
        this.dialect = dialect;
        this.lastEventSeen = dialect == ApiDialect.OTHER;
    }

    void add(byte[] bytes, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            add(bytes[i]);
        }
    }

    /** A line ends with LF, CR LF or CR (HTML standard, 9.2.6). */
    private void add(byte next) {
        if (next == '\n' && afterReturn) {
            afterReturn = false;
            endsLinesInPairs = true;
            return;
        }
        afterReturn = next == '\r';
        if (next == '\n' || afterReturn) {
            endLine();
        } else {
            eventOpen = true;
            if (lineLength < KEPT) {
                line[lineLength] = next;
            }
            lineLength++;
        }
    }

    private void endLine() {
        if (lineLength == 0) {
            endEvent();
        } else {
            String text = new String(line, 0, Math.min(lineLength, KEPT), UTF_8);
            event = text.startsWith("event:") ? value(text) : event;
            data = text.startsWith("data:") ? value(text) : data;
            lineLength = 0;
        }
    }

    private static String value(String field) {
        return field.substring(field.indexOf(':') + 1).strip();
    }

    private void endEvent() {
        lastEventSeen |= dialect.isLastEvent(event, data);
        eventOpen = false;
        event = "";
        data = "";
    }

    /**
     * Checks the stream at the end of its connection.
     *
     * @throws EOFException if it cannot be whole
     */
    void check() throws EOFException {
        if (eventOpen || (afterReturn && endsLinesInPairs)) {
            throw new EOFException("the connection ended in the middle of an event");
        }
        if (!lastEventSeen) {
            throw new EOFException("the connection ended before the last event of the stream");
        }
    }
}
