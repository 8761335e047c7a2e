package io.dlrouter.core.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Parses a stream of events, in whatever pieces it comes. A line ends with LF, CR LF or CR, an event with a blank line
 * (HTML standard, 9.2.6). Used by one thread.
 */
public final class EventParser {
    private static final int INITIAL = 128;

    private final int maxLine;
    private final Consumer<? super ServerSentEvent> onEvent;
    private byte[] line;
    private int lineLength;
    private boolean afterReturn;
    private boolean endsLinesInPairs;
    private boolean withinEvent;
    private String type = "";
    private StringBuilder data = new StringBuilder();
    private boolean hasData;

    /**
     * A parser at the beginning of a stream.
     *
     * @param maxLine how many bytes of a line are kept; what follows them is skipped
     * @param onEvent receives each event that has a type or data
     */
    public EventParser(int maxLine, Consumer<? super ServerSentEvent> onEvent) {
        this.maxLine = maxLine;
        this.onEvent = onEvent;
        this.line = new byte[Math.min(maxLine, INITIAL)];
    }

    /** Parses more of the stream. */
    public void add(byte[] bytes, int offset, int count) {
        for (int i = offset; i < offset + count; i++) {
            add(bytes[i]);
        }
    }

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
            append(next);
        }
    }

    private void append(byte next) {
        withinEvent = true;
        if (lineLength == line.length && lineLength < maxLine) {
            line = Arrays.copyOf(line, (int) Math.min(maxLine, 2L * lineLength));
        }
        if (lineLength < line.length) {
            line[lineLength++] = next;
        }
    }

    private void endLine() {
        if (lineLength == 0) {
            endEvent();
            return;
        }
        String text = new String(line, 0, lineLength, UTF_8);
        if (text.startsWith("event:")) {
            type = value(text);
        } else if (text.startsWith("data:")) {
            addData(value(text));
        }
        lineLength = 0;
    }

    private void addData(String value) {
        if (hasData) {
            data.append('\n');
        }
        data.append(value);
        hasData = true;
    }

    /** One space after the colon is not of the value. */
    private static String value(String field) {
        int start = field.indexOf(':') + 1;
        return field.startsWith(" ", start) ? field.substring(start + 1) : field.substring(start);
    }

    private void endEvent() {
        boolean isEvent = hasData || !type.isEmpty();
        ServerSentEvent event = new ServerSentEvent(type, data.toString());
        withinEvent = false;
        type = "";
        data = new StringBuilder();
        hasData = false;
        if (isEvent) {
            onEvent.accept(event);
        }
    }

    /** Ends the stream: an event without its blank line is passed on too, as engines may leave out the last one. */
    public void end() {
        if (lineLength > 0) {
            endLine();
        }
        endEvent();
    }

    /** Whether the stream cannot end here: an event has begun, or half of a CR LF has come. */
    public boolean isWithinEvent() {
        return withinEvent || (afterReturn && endsLinesInPairs);
    }
}
