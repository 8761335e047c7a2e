package io.dlrouter.simulator;

import java.time.Duration;
import okio.ByteString;

/**
 * A part of a body that is written and flushed alone: an event of a stream, or the whole of a plain response.
 *
 * @param pause the time between the part before and this one
 */
record Piece(Duration pause, ByteString bytes) {
    static Piece event(Duration pause, String data) {
        return new Piece(pause, ByteString.encodeUtf8("data: " + data + "\n\n"));
    }

    static Piece now(byte[] bytes) {
        return new Piece(Duration.ZERO, ByteString.of(bytes));
    }
}
