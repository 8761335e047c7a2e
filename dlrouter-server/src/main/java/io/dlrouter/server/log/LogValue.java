package io.dlrouter.server.log;

/** Makes a value that came from outside fit for a line of a log, which it must not be able to end or to forge. */
final class LogValue {
    private static final int MOST = 256;

    private LogValue() {}

    /** The first 256 characters of it. */
    static String cut(String value) {
        return value.length() <= MOST ? value : value.substring(0, MOST);
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
