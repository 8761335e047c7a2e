package io.dlrouter.server.inference;

/** The end of an event stream so far, which shows whether the last event is complete. */
final class EventTail {
    private static final int LENGTH = 4;
    private static final int BLANK_LINE = 0x0A0A;

    /** The last bytes, the newest in the lowest. */
    private int last = BLANK_LINE;

    void add(byte[] bytes, int length) {
        for (int i = Math.max(0, length - LENGTH); i < length; i++) {
            last = (last << Byte.SIZE) | (bytes[i] & 0xFF);
        }
    }

    /**
     * Whether a blank line stands last, in any of the three line endings of the HTML standard (9.2.6), or nothing at
     * all. Half of a CR LF is not taken for one: the other half would then stand in what follows.
     */
    boolean isComplete() {
        int two = last & 0xFFFF;
        int three = last & 0xFF_FFFF;
        return two == BLANK_LINE || two == 0x0D0D || three == 0x0A0D0A;
    }
}
