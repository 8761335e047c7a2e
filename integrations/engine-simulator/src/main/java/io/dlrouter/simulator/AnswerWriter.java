package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import okio.ByteString;

/** Writes one response at its pace, or until the place where it is to break. */
final class AnswerWriter {
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(ISO_8859_1);

    private final ClientInput client;
    private final OutputStream out;
    private final Breakage breakage;
    private final Hold hold;
    private long due;
    private int events;
    private long bytes;

    AnswerWriter(ClientInput client, OutputStream out, Breakage breakage, Hold hold) {
        this.client = client;
        this.out = out;
        this.breakage = breakage;
        this.hold = hold;
    }

    /** Body pieces written so far. */
    int events() {
        return events;
    }

    void write(Answer answer) throws IOException {
        due = System.nanoTime();
        holdAt(Hold.Place.HEAD);
        pause(answer.headWait());
        if (breakage.beforeHead()) {
            breakOff();
        }
        send(answer.made().apply(answer).with(answer.headers()));
    }

    private void send(Answer answer) throws IOException {
        boolean chunked = answer.contentLength() < 0;
        head(answer, chunked);
        breakOffWhenReached();
        holdAt(Hold.Place.BODY);
        pause(answer.bodyWait());
        for (Piece piece : answer.pieces()) {
            pause(piece.pause());
            body(piece.bytes(), chunked);
            breakOffWhenReached();
        }
        if (chunked) {
            out.write(LAST_CHUNK);
        }
        out.flush();
        if (bytes < answer.contentLength()) {
            throw new BrokenOffException(Breakage.End.CUT);
        }
    }

    private void head(Answer answer, boolean chunked) throws IOException {
        StringBuilder head = new StringBuilder(256)
                .append("HTTP/1.1 ")
                .append(answer.status())
                .append(' ')
                .append(answer.reason())
                .append("\r\n");
        answer.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        head.append(chunked ? "transfer-encoding: chunked\r\n\r\n" : "\r\n");
        out.write(head.toString().getBytes(ISO_8859_1));
    }

    private void body(ByteString piece, boolean chunked) throws IOException {
        int length = breakage.allowed(bytes, piece.size());
        if (length == 0) {
            return;
        }
        if (chunked) {
            out.write((Integer.toHexString(length) + "\r\n").getBytes(ISO_8859_1));
        }
        piece.substring(0, length).write(out);
        if (chunked) {
            out.write(CRLF);
        }
        out.flush();
        bytes += length;
        events += length == piece.size() ? 1 : 0;
    }

    private void holdAt(Hold.Place place) throws IOException {
        if (hold.place() == place && !hold.release().isDone()) {
            out.flush();
            client.await(hold.release(), FOREVER);
            due = System.nanoTime();
        }
    }

    /** Waits until the time is due that the pieces' waits add up to, however long the writing took. */
    private void pause(Duration pause) throws IOException {
        if (!pause.isZero()) {
            out.flush();
            due += pause.toNanos();
            client.pause(due - System.nanoTime());
        }
    }

    private void breakOffWhenReached() throws IOException {
        if (breakage.reached(events, bytes)) {
            breakOff();
        }
    }

    private void breakOff() throws IOException {
        out.flush();
        if (breakage.end() == Breakage.End.HANG) {
            client.pause(Long.MAX_VALUE);
        }
        throw new BrokenOffException(breakage.end());
    }
}
