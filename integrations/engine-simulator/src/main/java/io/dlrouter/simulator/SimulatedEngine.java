package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * One fake engine on a port of its own. It responds as its {@link EngineKind} does, records what it was sent, refuses what
 * no router may send, and fails on demand. Safe for use by any thread.
 */
public final class SimulatedEngine implements AutoCloseable {
    private final Listener listener;
    private final EngineState state;
    private final Optional<Heartbeats> heartbeats;
    private final Optional<Registration> registration;

    private SimulatedEngine(EngineState state, Optional<Heartbeats> heartbeats, Optional<Registration> registration) {
        this.state = state;
        this.listener = state.listener();
        this.heartbeats = heartbeats;
        this.registration = registration;
    }

    /**
     * Starts a hybrid engine that serves these models, on any free port of 127.0.0.1. It listens when this returns; the
     * caller closes it.
     */
    public static SimulatedEngine start(EngineKind kind, String... models) {
        return builder(kind).models(models).start();
    }

    /** Builds an engine of this kind, for options that {@link #start} leaves at their defaults. */
    public static SimulatedEngineBuilder builder(EngineKind kind) {
        return new SimulatedEngineBuilder(kind);
    }

    static SimulatedEngine started(
            EngineState state, Optional<Heartbeats> heartbeats, Optional<Registration> registration) {
        SimulatedEngine engine = new SimulatedEngine(state, heartbeats, registration);
        engine.begin();
        Routes routes = Routes.of(state);
        state.bootstrap().ifPresent(BootstrapServer::start);
        state.listener().start(socket -> new Connection(socket, state, routes).serve());
        heartbeats.ifPresent(Heartbeats::start);
        return engine;
    }

    /** The value of the header {@code x-engine} on every response. */
    public String name() {
        return state.name();
    }

    /** The port of HTTP, the same for its whole life. */
    public int port() {
        return listener.port();
    }

    /** Where an SGLang prefill engine takes decode engines in; of any other engine what it says on {@code /server_info}. */
    public int bootstrapPort() {
        return state.bootstrapPort();
    }

    /** Scheme, host and port, without a trailing slash. */
    public String url() {
        return "http://" + listener.host() + ":" + port();
    }

    /** The requests received, oldest first, those to {@code /simulator/} left out; of very many the latest. */
    public List<RecordedRequest> requests() {
        return state.log().requests();
    }

    /** Those of the {@link #requests} that were sent to this path, whatever their query. */
    public List<RecordedRequest> requests(String path) {
        return requests().stream()
                .filter(request -> request.path().equals(path))
                .toList();
    }

    /** How many requests were received, forgotten ones included. */
    public long requestCount() {
        return state.log().requestCount();
    }

    /** How many of the {@link #requests} went to this data-parallel rank. */
    public long requestsOfRank(int rank) {
        Optional<String> header = Optional.of(Integer.toString(rank));
        return requests().stream()
                .filter(request -> request.header("x-data-parallel-rank").equals(header))
                .count();
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

    /**
     * Waits until so many POST requests to this path have been received.
     *
     * @throws IllegalStateException when fewer came in time
     */
    public void awaitRequests(String path, int count, Duration timeout) {
        boolean met = state.log().awaitRequests(path, count, timeout);
        require(met, "requests to " + path + ": " + requests(path).size() + " within " + timeout, count);
    }

    /** The clients that left while they were being served, in that order. */
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

    /** What became of the KV blocks so far. Leases that are over by now count as expired. */
    public KvBlocks kv() {
        return state.kv().blocks();
    }

    /**
     * Waits until the KV blocks are so.
     *
     * @throws IllegalStateException when they were not in time
     */
    public KvBlocks awaitKv(Predicate<KvBlocks> expected, Duration timeout) {
        return inTime(state.kv().await(expected, timeout), kv(), timeout);
    }

    /** What became of the rooms of an SGLang prefill or decode engine's requests so far. */
    public RoomCounts rooms() {
        return state.rooms().counts();
    }

    /**
     * Waits until the rooms are so.
     *
     * @throws IllegalStateException when they were not in time
     */
    public RoomCounts awaitRooms(Predicate<RoomCounts> expected, Duration timeout) {
        return inTime(state.rooms().await(expected, timeout), rooms(), timeout);
    }

    /** What became of the sessions that keep the caches of an LMDeploy prefill engine so far. */
    public SessionCounts sessions() {
        return distServe().sessions().counts();
    }

    /**
     * Waits until the sessions are so.
     *
     * @throws IllegalStateException when they were not in time
     */
    public SessionCounts awaitSessions(Predicate<SessionCounts> expected, Duration timeout) {
        return inTime(distServe().sessions().await(expected, timeout), sessions(), timeout);
    }

    /** What an LMDeploy prefill or decode engine was told about its links so far. */
    public LinkCounts links() {
        return distServe().links().counts();
    }

    /**
     * Waits until the links are so.
     *
     * @throws IllegalStateException when they were not in time
     */
    public LinkCounts awaitLinks(Predicate<LinkCounts> expected, Duration timeout) {
        return inTime(distServe().links().await(expected, timeout), links(), timeout);
    }

    /** What was wrong with the HTTP that came in and with the steps of a transfer; empty behind a sound router. */
    public List<String> violations() {
        return state.log().violations();
    }

    /** POST requests in work. */
    public int runningRequests() {
        return state.log().running();
    }

    /**
     * Waits until so many requests are in work at once.
     *
     * @throws IllegalStateException when fewer were in time
     */
    public void awaitRunning(int count, Duration timeout) {
        boolean met = state.log().awaitRunning(count, timeout);
        require(met, "requests in work: " + runningRequests() + " within " + timeout, count);
    }

    /** Waits until no request is in work; false when one still was at the end of the time. */
    public boolean awaitIdle(Duration timeout) {
        return state.log().awaitIdle(timeout);
    }

    /** The connections of clients that are open, idle ones included. */
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

    /** Sets what it says on {@code /health} from now on. */
    public void health(Health health) {
        state.health(health);
    }

    /** Replaces the models served. */
    public void serve(String... models) {
        state.serve(List.of(models));
    }

    /** Ends all connections and heartbeats and refuses new ones; the ports stay reserved for {@link #restart}. */
    public void stop() {
        heartbeats.ifPresent(Heartbeats::stop);
        state.bootstrap().ifPresent(BootstrapServer::stop);
        listener.stop();
    }

    /**
     * Listens again on the same ports, and registers and sends heartbeats again; an LMDeploy engine begins a new life,
     * which knows no links and no sessions, and no engine knows the responses that it made before. Does nothing while it listens.
     */
    public void restart() {
        if (listening()) {
            return;
        }
        state.distServe().ifPresent(DistServe::restart);
        state.responses().clear();
        begin();
        state.bootstrap().ifPresent(BootstrapServer::restart);
        listener.restart();
        heartbeats.ifPresent(Heartbeats::start);
    }

    /** Whether it takes connections: from its start, and again after {@link #restart}, until {@link #stop}. */
    public boolean listening() {
        return listener.listening();
    }

    /** Stops for good. Closing twice is harmless. */
    @Override
    public void close() {
        heartbeats.ifPresent(Heartbeats::close);
        state.bootstrap().ifPresent(BootstrapServer::close);
        listener.close();
    }

    @Override
    public String toString() {
        return name() + " at " + url();
    }

    private void begin() {
        registration.ifPresent(gateway -> gateway.register(this, state.models()));
        state.initialize();
    }

    private DistServe distServe() {
        return state.distServe()
                .orElseThrow(
                        () -> new IllegalStateException(this + " (expected: a prefill or decode engine of LMDeploy)"));
    }

    private static <T> T inTime(boolean met, T counts, Duration timeout) {
        if (!met) {
            throw new IllegalStateException(counts + " within " + timeout + " (expected: what was asked for)");
        }
        return counts;
    }

    private static void require(boolean met, String found, int expected) {
        if (!met) {
            throw new IllegalStateException(found + " (expected: " + expected + ")");
        }
    }
}
