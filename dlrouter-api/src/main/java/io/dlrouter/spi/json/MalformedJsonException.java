package io.dlrouter.spi.json;

/** Text that is not JSON. The message names the reason and the offset, never what stands there: that may be a prompt. */
public final class MalformedJsonException extends IllegalArgumentException {
    private final int offset;

    /**
     * An error at an offset of a text.
     *
     * @param reason a clause, such as {@code a value is missing}
     * @param offset in bytes from the beginning of the text
     */
    public MalformedJsonException(String reason, int offset) {
        super(reason + " (at byte " + offset + ")");
        this.offset = offset;
    }

    /** Where the text is malformed, in bytes from its beginning. */
    public int offset() {
        return offset;
    }

    /** No stack trace: a client can bring this about with every request. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
