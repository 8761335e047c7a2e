package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client's connection to the gateway. Sends bytes as they stand, and reads responses as strictly as no client has to. For
 * one thread at a time.
 */
final class Wire implements AutoCloseable {
    private static final int LONGEST_LINE = 65_536;

    private final Socket socket = new Socket();
    private final InputStream in;

    /** @param silence how long to wait for bytes before a read fails */
    Wire(int port, Duration silence) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(Math.toIntExact(silence.toMillis()));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** The head of the next response; interim ones are skipped. */
    Head head() throws IOException {
        Head head = anyHead();
        return head.interim() ? head() : head;
    }

    /** The head of the next response to what may want more. If none begins within a moment, says first that no more comes. */
    Head headOfWhatMayBeHalf(Duration moment) throws IOException {
        if (!speaksWithin(moment) && !socket.isOutputShutdown()) {
            socket.shutdownOutput();
        }
        Head head = anyHead();
        return head.interim() ? headOfWhatMayBeHalf(moment) : head;
    }

    /** A response that has begun may pause: that is no reason to end the request, nor to read anew. */
    private boolean speaksWithin(Duration moment) throws IOException {
        int silence = socket.getSoTimeout();
        socket.setSoTimeout(Math.toIntExact(moment.toMillis()));
        in.mark(1);
        try {
            int unused = in.read();
            in.reset();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } finally {
            socket.setSoTimeout(silence);
        }
    }

    private Head anyHead() throws IOException {
        String start = line();
        if (!start.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            throw new ProtocolException("status line: " + start);
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new ProtocolException("header line: " + line);
            }
            headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(start.substring(9, 12)), headers);
    }

    /** The next bytes of a response's body, chunk by chunk; none at its end. */
    byte[] piece(Head head, long alreadyRead) throws IOException {
        if (!head.hasBody()) {
            return new byte[0];
        }
        if (head.chunked()) {
            return chunk();
        }
        long left = head.length().orElse(Long.MAX_VALUE) - alreadyRead;
        byte[] piece = in.readNBytes((int) Math.min(left, head.length().isPresent() ? 8192 : 1));
        if (piece.length == 0 && left > 0 && head.length().isPresent()) {
            throw new EOFException("body: " + alreadyRead + " bytes (expected: " + head.length() + ")");
        }
        return piece;
    }

    /** The whole body of a response. */
    byte[] body(Head head) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] piece = piece(head, 0); piece.length > 0; piece = piece(head, body.size())) {
            body.writeBytes(piece);
        }
        return body.toByteArray();
    }

    private byte[] chunk() throws IOException {
        String line = line();
        if (!line.matches("[0-9a-fA-F]{1,7}")) {
            throw new ProtocolException("chunk size: " + line);
        }
        int size = Integer.parseInt(line, 16);
        byte[] chunk = in.readNBytes(size);
        if (chunk.length < size) {
            throw new EOFException("within a chunk");
        }
        if (!line().isEmpty()) {
            throw new ProtocolException("after a chunk: no empty line");
        }
        return chunk;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(64);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException(
                        "connection closed" + (line.size() == 0 ? "" : " after: " + line.toString(ISO_8859_1)));
            }
            if (line.size() == LONGEST_LINE) {
                throw new ProtocolException("line: over " + LONGEST_LINE + " bytes");
            }
            line.write(next);
        }
        String text = line.toString(ISO_8859_1);
        if (!text.endsWith("\r")) {
            throw new ProtocolException("line end: LF (expected: CR LF)");
        }
        return text.substring(0, text.length() - 1);
    }

    /** Ends the connection with a reset, as a client does that is killed with bytes unread. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
