package io.dlrouter.server;

/** Remembers how a stream of events ended so far, to tell whether its last event is complete. */
final class EventTail {
    private static final int LENGTH = 4;

    /** The last bytes, the newest in the lowest. */
    private int last;

    private long count;

    void add(byte[] bytes, int length) {
        for (int i = Math.max(0, length - LENGTH); i < length; i++) {
            last = (last << Byte.SIZE) | (bytes[i] & 0xFF);
        }
        count += length;
    }

    /** Whether a blank line, in any of the three line endings of the HTML standard (9.2.6), stands last. */
    boolean isComplete() {
        int two = last & 0xFFFF;
        return count == 0 || two == 0x0A0A || two == 0x0D0D || last == 0x0D0A0D0A;
    }
}
