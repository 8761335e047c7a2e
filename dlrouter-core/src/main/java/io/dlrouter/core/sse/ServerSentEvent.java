package io.dlrouter.core.sse;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * An event of a stream (HTML standard, 9.2.6), without its id. Immutable.
 *
 * @param type the value of its last {@code event} field; empty if it has none
 * @param data the values of its {@code data} fields, joined by line feeds; empty if it has none
 */
public record ServerSentEvent(String type, String data) {

    /** An event without a type. */
    public static ServerSentEvent of(String data) {
        return new ServerSentEvent("", data);
    }

    /** The same, with its data as the bytes of a JSON text on one line. */
    public static ServerSentEvent of(String type, byte[] json) {
        return new ServerSentEvent(type, new String(json, UTF_8));
    }

    /** The event as a stream has it, with the blank line that ends it. */
    public byte[] toBytes() {
        String typeLine = type.isEmpty() ? "" : "event: " + type + "\n";
        return (typeLine + "data: " + data.replace("\n", "\ndata: ") + "\n\n").getBytes(UTF_8);
    }
}
