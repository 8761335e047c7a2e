package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One client, which sends one request after the other and keeps its connection as long as it serves. For one thread. */
final class Client implements AutoCloseable {
    /** Decides, after each piece of a response, whether to read on. May take its time. */
    interface Patience {
        boolean readOn(long bytes);
    }

    private final int port;
    private final Duration silence;
    private @Nullable Wire wire;

    Client(int port, Duration silence) {
        this.port = port;
        this.silence = silence;
    }

    Outcome send(Chat chat) {
        return send(chat, System.nanoTime(), bytes -> true);
    }

    Outcome send(Chat chat, long due, Patience patience) {
        Optional<Head> head = Optional.empty();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            Wire open = open();
            open.send(chat.request());
            head = Optional.of(open.head());
            boolean read = readBody(open, head.get(), body, patience);
            if (!read || head.get().last()) {
                close();
            }
            return outcome(chat, due, read ? ending(chat, head.get(), body) : Ending.LEFT, head, "");
        } catch (IOException e) {
            close();
            return outcome(chat, due, broken(chat, head, body), head, e.getMessage() + "");
        }
    }

    private Wire open() throws IOException {
        Wire open = wire == null ? new Wire(port, silence) : wire;
        wire = open;
        return open;
    }

    private static boolean readBody(Wire wire, Head head, ByteArrayOutputStream body, Patience patience)
            throws IOException {
        for (byte[] piece = wire.piece(head, 0); piece.length > 0; piece = wire.piece(head, body.size())) {
            body.writeBytes(piece);
            if (!patience.readOn(body.size())) {
                return false;
            }
        }
        return true;
    }

    private static Ending ending(Chat chat, Head head, ByteArrayOutputStream body) {
        return head.status() == 200 ? chat.ending(body.toString(UTF_8), true) : Ending.REFUSED;
    }

    private static Ending broken(Chat chat, Optional<Head> head, ByteArrayOutputStream body) {
        return head.filter(answer -> answer.status() != 200).isPresent()
                ? Ending.REFUSED
                : chat.ending(body.toString(UTF_8), false);
    }

    private static Outcome outcome(Chat chat, long due, Ending ending, Optional<Head> head, String failure) {
        return new Outcome(due, System.nanoTime() - due, chat.streamed(), ending, head, failure);
    }

    @Override
    public void close() {
        if (wire != null) {
            try {
                wire.close();
            } catch (IOException e) {
                // there is nothing left to lose
            }
            wire = null;
        }
    }
}
