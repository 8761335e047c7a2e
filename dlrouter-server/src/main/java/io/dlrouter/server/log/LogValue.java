package io.dlrouter.server.log;

/**
 * A value from outside in a line of a log, quoted so that it can neither end nor forge the line. Moshi's quoting is
 * not enough: it keeps characters beyond ASCII.
 */
final class LogValue {
    private static final int MAX_LENGTH = 256;

    private LogValue() {}

    /** The first 256 characters of it. */
    static String truncated(String value) {
        return value.length() <= MAX_LENGTH ? value : value.substring(0, MAX_LENGTH);
    }

    /** The value in quotes; whatever is not printable ASCII is escaped as in JSON. */
    static String quoted(String value) {
        StringBuilder text = new StringBuilder(value.length() + 2).append('"');
        value.chars().forEach(c -> append(text, (char) c));
        return text.append('"').toString();
    }

    private static void append(StringBuilder text, char c) {
        if (c == '"' || c == '\\') {
            text.append('\\').append(c);
        } else if (c >= ' ' && c <= '~') {
            text.append(c);
        } else {
            text.append(String.format("\\u%04x", (int) c));
        }
    }
}
