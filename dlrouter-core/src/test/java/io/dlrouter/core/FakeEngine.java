package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ServerSocketFactory;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/**
 * An engine that responds probes by itself and requests as a test says, with an empty object if it says nothing. What it
 * was sent is kept, requests and probes apart.
 */
public final class FakeEngine implements AutoCloseable {
    public static final String MODEL = "m";

    private final MockWebServer server = new MockWebServer();
    private final BlockingQueue<MockResponse> responses = new LinkedBlockingQueue<>();
    private final BlockingQueue<RecordedRequest> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<RecordedRequest> probes = new LinkedBlockingQueue<>();
    private final BlockingQueue<MockResponse> firstHealths = new LinkedBlockingQueue<>();
    private final Map<String, MockResponse> descriptions = new ConcurrentHashMap<>();
    private volatile MockResponse health = empty(200);
    private volatile MockResponse models = modelList(MODEL);
    private volatile MockResponse terminate = empty(200);

    FakeEngine() {
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return response(request);
            }
        });
        server.setServerSocketFactory(new NoDelayFactory());
        try {
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets a response leave at once: one of several writes waits for an acknowledgement of the first otherwise. */
    private static final class NoDelayFactory extends ServerSocketFactory {
        @Override
        public ServerSocket createServerSocket() throws IOException {
            return new ServerSocket() {
                @Override
                public Socket accept() throws IOException {
                    Socket socket = super.accept();
                    socket.setTcpNoDelay(true);
                    return socket;
                }
            };
        }

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
            throw new UnsupportedOperationException();
        }
    }

    private MockResponse response(RecordedRequest request) {
        if ("GET".equals(request.getMethod())) {
            probes.add(request);
            return switch (request.getTarget()) {
                case "/health" -> Objects.requireNonNullElse(firstHealths.poll(), health);
                case "/v1/models" -> models;
                case "/terminate" -> terminate;
                default -> descriptions.getOrDefault(request.getTarget(), empty(404));
            };
        }
        MockResponse next = responses.poll(); // before a test can see the request, and send another
        requests.add(request);
        return next == null ? json(200, "{}") : next;
    }

    public static MockResponse empty(int status) {
        return new MockResponse.Builder().code(status).build();
    }

    public static MockResponse json(int status, String body) {
        return new MockResponse.Builder()
                .code(status)
                .setHeader("Content-Type", "application/json")
                .body(body)
                .build();
    }

    public static MockResponse modelList(String... names) {
        return json(
                200,
                Arrays.stream(names)
                        .map(name -> "{\"id\":\"" + name + "\",\"created\":1}")
                        .collect(Collectors.joining(",", "{\"data\":[", "]}")));
    }

    public String url() {
        return "http://localhost:" + server.getPort();
    }

    /** This engine as a node that needs no probe to be routable. */
    public NodeSpec node() {
        return NodeSpec.of(PlainBackend.NAME, url()).withModels(MODEL);
    }

    /** This engine as a node that needs no probe to be routable, with this role. */
    public NodeSpec node(Role role) {
        return node().withRole(role);
    }

    /** Says how one request more is to be served. */
    public FakeEngine respondsWith(MockResponse response) {
        responses.add(response);
        return this;
    }

    /** Says how the first probes are to be served, before the response to all others holds. */
    public FakeEngine healthFirst(MockResponse... inTurn) {
        firstHealths.addAll(Arrays.asList(inTurn));
        return this;
    }

    public FakeEngine health(MockResponse response) {
        health = response;
        return this;
    }

    public FakeEngine models(MockResponse response) {
        models = response;
        return this;
    }

    /** Adds a response for another path. */
    public FakeEngine describes(String path, MockResponse response) {
        descriptions.put(path, response);
        return this;
    }

    FakeEngine terminate(MockResponse response) {
        terminate = response;
        return this;
    }

    /** The next request that was sent to it. */
    public RecordedRequest request() {
        return next(requests);
    }

    /** The body of the next request. */
    public String requestBody() {
        return body(request());
    }

    public static String body(RecordedRequest request) {
        return Objects.requireNonNull(request.getBody()).string(UTF_8);
    }

    /** How many requests have come that no test has looked at. */
    public int requestsLeft() {
        return requests.size();
    }

    /** The next {@code GET} that was sent to it. */
    public RecordedRequest probe() {
        return next(probes);
    }

    /** How many probes have asked for this path since it was looked at last. */
    public long probesOf(String path) {
        return probes.stream().filter(probe -> probe.getTarget().equals(path)).count();
    }

    private static RecordedRequest next(BlockingQueue<RecordedRequest> queue) {
        try {
            RecordedRequest next = queue.poll(30, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("The engine was sent nothing within 30 s");
            }
            return next;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
