package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/** A client that sends just the bytes it is told to, and leaves when it is told to. */
final class RawClient implements AutoCloseable {
    private final Socket socket;

    RawClient(Gateway gateway) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), gateway.server.port()));
    }

    /** Takes the socket over. */
    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
        return this;
    }

    /** Sends a whole chat request. */
    RawClient chat(String body) throws IOException {
        return post("/v1/chat/completions", body);
    }

    /** Sends a whole request of ASCII only. */
    RawClient post(String path, String body) throws IOException {
        return send("POST " + path + " HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** As {@link #response()}, but not a byte of it is read before something has happened. */
    StrictResponse responseAfter(Wait wait) throws Exception {
        wait.await();
        return response();
    }

    /** A wait for something. */
    @FunctionalInterface
    interface Wait {
        void await() throws Exception;
    }

    /** Reads a response as a strict client does. */
    StrictResponse response() throws IOException {
        return StrictResponse.read(socket.getInputStream());
    }

    /** Reads until this text has come, or the gateway closes; gives all that has come. */
    String readUntil(String text) throws IOException {
        StringBuilder read = new StringBuilder();
        byte[] buffer = new byte[8192];
        while (read.indexOf(text) < 0) {
            int count = socket.getInputStream().read(buffer);
            if (count < 0) {
                break;
            }
            read.append(new String(buffer, 0, count, ISO_8859_1));
        }
        return read.toString();
    }

    /** Waits for more, and gives what is there; empty at the end. */
    String readSome() throws IOException {
        byte[] buffer = new byte[8192];
        int count = socket.getInputStream().read(buffer);
        return count < 0 ? "" : new String(buffer, 0, count, ISO_8859_1);
    }

    /** Says that nothing more will be sent, and reads on to the end. */
    String finish() throws IOException {
        socket.shutdownOutput();
        return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
