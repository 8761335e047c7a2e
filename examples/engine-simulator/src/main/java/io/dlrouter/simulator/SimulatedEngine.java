package io.dlrouter.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One fake engine on a port of its own. It answers as its {@link EngineKind} does, records what it was sent, refuses what
 * no router may send, and fails on demand. Safe for use by any thread.
 */
public final class SimulatedEngine implements AutoCloseable {
    private final String host;
    private final Listener listener;
    private final EngineState state;

    private SimulatedEngine(Builder builder) {
        host = builder.host;
        listener = new Listener(host, builder.port);
        String kind = builder.kind.name().toLowerCase(Locale.ROOT);
        String name = builder.name == null ? kind + "-" + listener.port() : builder.name;
        EngineLog log = new EngineLog(builder.recorded);
        state = new EngineState(name, builder.options(), log, listener, builder.models, builder.health);
    }

    public static Builder builder(EngineKind kind) {
        return new Builder(kind);
    }

    /** The value of the header {@code x-engine} on every answer. */
    public String name() {
        return state.name();
    }

    public int port() {
        return listener.port();
    }

    /** Scheme, host and port, without a trailing slash. */
    public String url() {
        return "http://" + host + ":" + port();
    }

    /** The requests received, oldest first, those to {@code /simulator/} left out; of very many the latest. */
    public List<RecordedRequest> requests() {
        return state.log().requests();
    }

    public List<RecordedRequest> requests(String path) {
        return requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    /** How many requests were received, forgotten ones included. */
    public long requestCount() {
        return state.log().requestCount();
    }

    /**
     * Waits until so many requests have been received in all.
     *
     * @throws IllegalStateException when fewer came in time
     */
    public List<RecordedRequest> awaitRequests(int count, Duration timeout) {
        boolean met = state.log().awaitRequests(count, timeout);
        require(met, "requests: " + requestCount() + " within " + timeout, count);
        return requests();
    }

    /** The clients that left while they were being answered, in that order. */
    public List<Disconnect> disconnects() {
        return state.log().disconnects();
    }

    /**
     * Waits until so many clients have left in all.
     *
     * @throws IllegalStateException when fewer left in time
     */
    public List<Disconnect> awaitDisconnects(int count, Duration timeout) {
        boolean met = state.log().awaitDisconnects(count, timeout);
        require(met, "disconnects: " + state.log().disconnectCount() + " within " + timeout, count);
        return disconnects();
    }

    /** What was wrong with the HTTP that came in; empty behind a sound router. */
    public List<String> violations() {
        return state.log().violations();
    }

    /** POST requests in work. */
    public int runningRequests() {
        return state.log().running();
    }

    /** Waits until no request is in work; false when one still was at the end of the time. */
    public boolean awaitIdle(Duration timeout) {
        return state.log().awaitIdle(timeout);
    }

    public int openConnections() {
        return listener.connections();
    }

    /** Lets this fault happen, after those injected before it. */
    public void inject(Fault fault) {
        state.faults().add(fault);
    }

    /** No more faults for requests to come; one that hangs already goes on hanging. */
    public void clearFaults() {
        state.faults().clear();
    }

    public void health(Health health) {
        state.health(health);
    }

    /** Replaces the models served. */
    public void serve(String... models) {
        state.serve(List.of(models));
    }

    /** Ends all connections and refuses new ones; the port stays reserved for {@link #restart}. */
    public void stop() {
        listener.stop();
    }

    /** Listens again on the same port. */
    public void restart() {
        listener.restart();
    }

    public boolean listening() {
        return listener.listening();
    }

    /** Stops for good. Closing twice is harmless. */
    @Override
    public void close() {
        listener.close();
    }

    @Override
    public String toString() {
        return name() + " at " + url();
    }

    private void listen() {
        Routes routes = new Routes(state);
        new ControlRoutes(state).addTo(routes);
        new PoolingRoutes(state).addTo(routes);
        routes.add("POST /v1/chat/completions", new CompletionRoute(state, new ChatFormat())::answer);
        routes.add("POST /v1/completions", new CompletionRoute(state, new TextFormat())::answer);
        state.dialect().addRoutes(routes, state);
        new SimulatorRoutes(state).addTo(routes);
        listener.start(socket -> new Connection(socket, state, routes).serve());
    }

    private static void require(boolean met, String found, int expected) {
        if (!met) {
            throw new IllegalStateException(found + " (expected: " + expected + ")");
        }
    }

    /** Builds an engine: 4 tokens at once, on any free port of 127.0.0.1, unless told otherwise. */
    public static final class Builder {
        private final EngineKind kind;
        private final List<String> models = new ArrayList<>();
        private @Nullable String name;
        private String host = "127.0.0.1";
        private int port;
        private Duration timeToFirstToken = Duration.ZERO;
        private Duration timePerToken = Duration.ZERO;
        private int tokens = 4;
        private int maxModelLen = 32_768;
        private @Nullable String apiKey;
        private boolean terminable;
        private boolean echoRequestId;
        private Duration keepAlive = Duration.ofSeconds(5);
        private Health health = Health.READY;
        private int recorded = 10_000;

        private Builder(EngineKind kind) {
            this.kind = kind;
        }

        /** Default: the kind and the port, such as {@code vllm-9001}. */
        public Builder name(String value) {
            name = value;
            return this;
        }

        /** Adds one model to those served. */
        public Builder model(String model) {
            models.add(model);
            return this;
        }

        /** Adds models to those served. */
        public Builder models(String... more) {
            models.addAll(List.of(more));
            return this;
        }

        public Builder host(String value) {
            host = value;
            return this;
        }

        /** The port; 0 for any free one. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        public Builder timeToFirstToken(Duration value) {
            timeToFirstToken = value;
            return this;
        }

        public Builder timePerToken(Duration value) {
            timePerToken = value;
            return this;
        }

        /** How many tokens an answer has when the request does not say. */
        public Builder tokens(int value) {
            if (value < 1) {
                throw new IllegalArgumentException("tokens: " + value + " (expected: 1 or more)");
            }
            tokens = value;
            return this;
        }

        public Builder maxModelLen(int value) {
            maxModelLen = value;
            return this;
        }

        /** Asks for this Bearer token on the paths where the engine does. */
        public Builder apiKey(String value) {
            apiKey = value;
            return this;
        }

        /** Lets {@code GET /terminate} of LMDeploy stop the engine. */
        public Builder allowTerminate() {
            terminable = true;
            return this;
        }

        /** Sends a request's {@code x-request-id} back. */
        public Builder echoRequestId() {
            echoRequestId = true;
            return this;
        }

        /** How long a connection may be idle after an answer; 5 s as with uvicorn, zero for ever. */
        public Builder keepAlive(Duration value) {
            keepAlive = value;
            return this;
        }

        public Builder health(Health value) {
            health = value;
            return this;
        }

        /** How many of the latest requests, disconnects and violations to keep. */
        public Builder recordLast(int requests) {
            recorded = requests;
            return this;
        }

        /**
         * Starts the engine; it listens when this returns.
         *
         * @throws java.io.UncheckedIOException when the port is taken
         */
        public SimulatedEngine start() {
            SimulatedEngine engine = new SimulatedEngine(this);
            engine.listen();
            return engine;
        }

        private EngineOptions options() {
            return new EngineOptions(
                    kind,
                    timeToFirstToken,
                    timePerToken,
                    tokens,
                    maxModelLen,
                    Optional.ofNullable(apiKey),
                    terminable,
                    echoRequestId,
                    keepAlive);
        }
    }
}
