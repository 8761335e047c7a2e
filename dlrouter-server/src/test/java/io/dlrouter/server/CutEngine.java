package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/** An engine that fails as the case says whose number a request has, and that passes probes. */
final class CutEngine implements AutoCloseable {
    /** The header with the number of the case. */
    static final String CASE = "x-case";

    private final ServerSocket listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile List<CutResponse> cases = List.of();

    CutEngine() throws IOException {
        threads.execute(this::accept);
    }

    void serve(List<CutResponse> newCases) {
        cases = newCases;
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                open.add(socket);
                threads.execute(() -> serve(socket));
            }
        } catch (IOException | RejectedExecutionException e) {
            // The engine was closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean kept = true;
            while (kept) {
                String head = readHead(in);
                in.readNBytes(number(head, "content-length", 0));
                kept = respond(socket, in, number(head, CASE, -1));
            }
        } catch (IOException e) {
            // The router has closed the connection, or the engine was closed.
        } finally {
            open.remove(socket);
        }
    }

    /** Whether the connection may serve another request. */
    private boolean respond(Socket socket, InputStream in, int number) throws IOException {
        if (number < 0) {
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
            return true;
        }
        CutResponse served = cases.get(number);
        socket.getOutputStream().write(served.sent());
        switch (served.fault()) {
            case NONE -> {
                return served.framing() != CutResponse.Framing.CLOSE;
            }
            case SILENCE, BAD_CHUNK -> in.transferTo(java.io.OutputStream.nullOutputStream());
            case RST -> socket.setSoLinger(true, 0);
            case FIN, TOO_FEW_BYTES -> {}
        }
        return false;
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.append((char) next);
        }
        return head.toString().toLowerCase(Locale.ROOT);
    }

    private static int number(String head, String name, int otherwise) {
        return head.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToInt(line ->
                        Integer.parseInt(line.substring(name.length() + 1).strip()))
                .findFirst()
                .orElse(otherwise);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
