package io.dlrouter.core.http;

import io.dlrouter.NodeTimeoutException;
import io.dlrouter.core.runtime.Deadlines;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * The time limits of a call to a node. A plain response is limited as a whole. A stream is limited until its first
 * byte, and then between two ends of lines: single bytes are not progress. Pauses of a slow client do not count as
 * silence of the node. Used by one thread; another one reports expiry.
 */
public final class CallDeadline {
    private final Object node;
    private final CallTimeouts limits;
    private final Consumer<NodeTimeoutException> onExpiry;
    private final Deadlines deadlines;
    private final long start;
    private final Deadlines.Deadline deadline;
    private volatile Phase phase;
    private long left;
    private long readingSince;

    private enum Phase {
        WHOLE,
        FIRST_BYTE,
        STREAM
    }

    /**
     * Starts to count.
     *
     * @param node the name of the node in messages
     * @param streamed whether the request asks for a stream
     * @param onExpiry receives the exceeded limit, on another thread
     */
    CallDeadline(
            Object node,
            CallTimeouts limits,
            boolean streamed,
            Deadlines deadlines,
            Consumer<NodeTimeoutException> onExpiry) {
        this.node = node;
        this.limits = limits;
        this.onExpiry = onExpiry;
        this.deadlines = deadlines;
        this.start = deadlines.now();
        this.phase = streamed ? Phase.FIRST_BYTE : Phase.WHOLE;
        this.deadline = deadlines.start(streamed ? limits.firstByte() : limits.whole(), this::expire);
    }

    private void expire() {
        onExpiry.accept(new NodeTimeoutException("The " + node
                + switch (phase) {
                    case WHOLE -> " did not respond within " + seconds(limits.whole()) + " (request timeout).";
                    case FIRST_BYTE ->
                        " sent no first byte within " + seconds(limits.firstByte()) + " (first byte timeout).";
                    case STREAM ->
                        " was silent for " + seconds(limits.streamIdle())
                                + " in the middle of its response (stream idle timeout).";
                }));
    }

    public static String seconds(Duration limit) {
        return limit.toMillis() / 1000.0 + " s";
    }

    /** The head of a plain response has arrived, even if a stream was requested. */
    void plain() {
        if (phase == Phase.FIRST_BYTE) {
            phase = Phase.WHOLE;
            deadline.prolong(limits.whole().toNanos() - (deadlines.now() - start));
        }
    }

    /** The first byte of a stream has arrived. */
    void streaming() {
        phase = Phase.STREAM;
        left = limits.streamIdle().toNanos();
        readingSince = deadlines.now();
        deadline.suspend();
    }

    /** The reader waits for more. */
    void waiting() {
        if (phase == Phase.STREAM) {
            readingSince = deadlines.now();
            deadline.prolong(left);
        }
    }

    /** More bytes have arrived. */
    void received(byte[] bytes, int offset, int count) {
        if (phase == Phase.STREAM) {
            deadline.suspend();
            left = hasLineEnd(bytes, offset, count)
                    ? limits.streamIdle().toNanos()
                    : left - (deadlines.now() - readingSince);
        }
    }

    /** Most chunks end with a line end. */
    private static boolean hasLineEnd(byte[] bytes, int offset, int count) {
        int i = offset + count - 1;
        while (i >= offset && bytes[i] != '\n' && bytes[i] != '\r') {
            i--;
        }
        return i >= offset;
    }

    /** No more bytes are expected. */
    void end() {
        deadline.cancel();
    }
}
