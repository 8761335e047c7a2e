package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * An engine over bare sockets, for what no HTTP server would do and to see when a connection ends. It does not respond
 * probes, so that only requests say how it is.
 */
public final class RawEngine implements AutoCloseable {
    private final ServerSocket listener;
    private final Script script;
    private final Script beforeScript;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Connection> requested = new LinkedBlockingQueue<>();

    /** What is done with a request. */
    @FunctionalInterface
    public interface Script {
        void response(Connection connection) throws IOException, InterruptedException;
    }

    /** An engine that runs the script once a request has been read. */
    RawEngine(Script script) {
        this(script, Connection::readBody);
    }

    private RawEngine(Script script, Script beforeIt) {
        this.script = script;
        this.beforeScript = beforeIt;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    /** An engine that runs the script once the head of a request has been read. */
    static RawEngine respondingToHeads(Script script) {
        return new RawEngine(script, connection -> {});
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true); // what was sent has arrived
                open.add(socket);
                threads.execute(() -> serve(socket));
            }
        } catch (IOException | RejectedExecutionException e) {
            // The engine was closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            Connection connection = new Connection(socket);
            while (true) {
                String head = connection.readHead();
                if (head.startsWith("GET ")) {
                    return;
                }
                beforeScript.response(connection);
                requested.add(connection);
                script.response(connection);
            }
        } catch (IOException | InterruptedException e) {
            // The other side left, or the script closed the connection, or the engine was closed.
        }
    }

    /** This engine as a node that needs no probe to be routable. */
    public NodeSpec node() {
        return NodeSpec.of(PlainBackend.NAME, "http://127.0.0.1:" + listener.getLocalPort())
                .withModels(FakeEngine.MODEL);
    }

    /** This engine as a node that needs no probe to be routable, with this role. */
    public NodeSpec node(Role role) {
        return node().withRole(role);
    }

    /** The connection of the next request that has been read. */
    public Connection next() throws InterruptedException {
        Connection next = requested.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("The engine was sent nothing within 30 s");
        }
        return next;
    }

    public int requestsLeft() {
        return requested.size();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }

    /** One connection, at the end of a request. */
    public static final class Connection {
        private final Socket socket;
        private final InputStream in;
        private final CountDownLatch ended = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private int requests;
        private volatile String head = "";
        private volatile String body = "";

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        private String readHead() throws IOException {
            StringBuilder read = new StringBuilder();
            while (read.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException();
                }
                read.append((char) next);
            }
            head = read.toString();
            requests++;
            return head;
        }

        /** Reads the body of the latest request. */
        void readBody() throws IOException {
            body = new String(in.readNBytes(contentLength(head.toLowerCase(Locale.ROOT))), ISO_8859_1);
        }

        private static int contentLength(String head) {
            return head.lines()
                    .filter(line -> line.startsWith("content-length:"))
                    .mapToInt(line -> Integer.parseInt(
                            line.substring("content-length:".length()).strip()))
                    .findFirst()
                    .orElse(0);
        }

        /** The request line and the headers of the latest request. */
        String head() {
            return head;
        }

        /** The body of the latest request. */
        public String body() {
            return body;
        }

        /** How many requests have come over it. */
        int requests() {
            return requests;
        }

        public void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        }

        /** Begins the response that is a stream of events, and sends this much of it. */
        public void sendStream(String firstEvents) throws IOException {
            send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            sendChunk(firstEvents);
        }

        public void sendChunk(String text) throws IOException {
            if (!text.isEmpty()) {
                send(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
            }
        }

        public void sendEnd() throws IOException {
            send("0\r\n\r\n");
        }

        /** Sends a whole plain response. */
        public void sendJson(String body) throws IOException {
            sendJson(200, body);
        }

        /** Sends a whole plain response of this status. */
        public void sendJson(int status, String body) throws IOException {
            send("HTTP/1.1 " + status + " Said\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body);
        }

        /** Ends the connection in order. */
        public void close() throws IOException {
            socket.close();
        }

        /** Ends the connection with a reset. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Waits until the other side ends the connection. */
        public void awaitEnd() {
            try {
                while (in.read() >= 0) {
                    // It is not supposed to send anything, but if it does it has not left.
                }
            } catch (IOException e) {
                // It left with a reset.
            }
            ended.countDown();
        }

        /** Waits for {@link #release}. */
        void awaitRelease() throws InterruptedException {
            released.await();
        }

        /** Lets the script go on that waits for it. */
        void release() {
            released.countDown();
        }

        /** Waits until {@link #awaitEnd} has seen the end. */
        public void awaitEnded() throws InterruptedException {
            if (!ended.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("The connection was not ended within 30 s");
            }
        }
    }
}
