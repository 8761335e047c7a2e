package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

/** A client that says exactly what it is told to. */
final class RawClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    RawClient(SimulatedEngine engine) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), engine.port());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    /** A well-formed POST with these header lines beside the usual ones. */
    static String post(String path, String body, String... headerLines) {
        StringBuilder text = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: engine\r\n");
        text.append("Content-Type: application/json\r\n");
        text.append("Content-Length: ").append(body.getBytes(UTF_8).length).append("\r\n");
        for (String line : headerLines) {
            text.append(line).append("\r\n");
        }
        return text.append("\r\n").append(body).toString();
    }

    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: engine\r\n\r\n";
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
        return this;
    }

    /** Reads up to and including this text. */
    String readUntil(String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith(end)) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed after: " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }

    String readToEnd() throws IOException {
        return new String(in.readAllBytes(), UTF_8);
    }

    /** Reads to the end, and says in how many portions it came. */
    int countReadsToEnd() throws IOException {
        int reads = 0;
        byte[] buffer = new byte[65_536];
        while (in.read(buffer) >= 0) {
            reads++;
        }
        return reads;
    }

    /** Ends the connection in the middle of whatever goes on. */
    void leave() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
