package io.dlrouter.simulator;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Builds an engine: 4 tokens at once, on any free port of 127.0.0.1, unless told otherwise. */
public final class SimulatedEngineBuilder {
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
    private boolean resetsIdle;
    private Health health = Health.READY;
    private int recorded = 10_000;
    private int dataParallelSize = 1;
    private OptionalInt firstDataParallelRank = OptionalInt.empty();
    private EngineRole role = EngineRole.HYBRID;
    private @Nullable HostPort zmqAddress;
    private Duration kvLease = Duration.ofSeconds(30);
    private boolean promptDetails = true;
    private boolean issuesParams = true;
    private boolean returnsParams;
    private int bootstrapPort;
    private Duration bootstrapTimeout = Duration.ofSeconds(5);
    private boolean describesItself = true;
    private @Nullable HostPort heartbeatListener;
    private Duration heartbeatInterval = Duration.ofSeconds(3);
    private boolean rawHeartbeats;
    private DistServeOptions distServe = DistServeOptions.DEFAULT;
    private @Nullable String gateway;
    private @Nullable String backend;
    private Duration initializing = Duration.ZERO;
    private Network network = TcpNetwork.INSTANCE;

    SimulatedEngineBuilder(EngineKind kind) {
        this.kind = kind;
    }

    /** Default: the kind and the port, such as {@code vllm-9001}. */
    public SimulatedEngineBuilder name(String value) {
        name = value;
        return this;
    }

    /** Adds one model to those served. */
    public SimulatedEngineBuilder model(String model) {
        models.add(model);
        return this;
    }

    /** Adds models to those served. */
    public SimulatedEngineBuilder models(String... more) {
        models.addAll(List.of(more));
        return this;
    }

    /** The address to listen at; 127.0.0.1 by default. */
    public SimulatedEngineBuilder host(String value) {
        host = value;
        return this;
    }

    /** Puts the engine on this network, with the other engines there, and off that of the machine. */
    public SimulatedEngineBuilder network(InMemoryNetwork value) {
        network = value.network();
        return this;
    }

    /** The port; 0 for any free one. */
    public SimulatedEngineBuilder port(int value) {
        port = value;
        return this;
    }

    /** How long prefill takes; zero by default. */
    public SimulatedEngineBuilder timeToFirstToken(Duration value) {
        timeToFirstToken = value;
        return this;
    }

    /** How long each token after the first takes; zero by default. */
    public SimulatedEngineBuilder timePerToken(Duration value) {
        timePerToken = value;
        return this;
    }

    /** How many tokens a response has when the request does not say. */
    public SimulatedEngineBuilder tokens(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("tokens: " + value + " (expected: 1 or more)");
        }
        tokens = value;
        return this;
    }

    /** The most tokens of prompt and response, as {@code /v1/models} says; 32,768 by default. */
    public SimulatedEngineBuilder maxModelLen(int value) {
        maxModelLen = value;
        return this;
    }

    /** Asks for this Bearer token on the paths where the engine does. */
    public SimulatedEngineBuilder apiKey(String value) {
        apiKey = value;
        return this;
    }

    /** Lets {@code GET /terminate} of LMDeploy stop the engine. */
    public SimulatedEngineBuilder allowTerminate() {
        terminable = true;
        return this;
    }

    /** Sends a request's {@code x-request-id} back. */
    public SimulatedEngineBuilder echoRequestId() {
        echoRequestId = true;
        return this;
    }

    /** How long a connection may be idle after a response; 5 s as with uvicorn, zero for ever. */
    public SimulatedEngineBuilder keepAlive(Duration value) {
        keepAlive = value;
        return this;
    }

    /** Resets a connection that was idle for too long, where others close it in good order. */
    public SimulatedEngineBuilder resetsIdle() {
        resetsIdle = true;
        return this;
    }

    /** What it says on {@code /health} at first; {@link Health#READY} by default. */
    public SimulatedEngineBuilder health(Health value) {
        health = value;
        return this;
    }

    /** How many of the latest requests, disconnects and violations to keep. */
    public SimulatedEngineBuilder recordLast(int requests) {
        recorded = requests;
        return this;
    }

    /**
     * How many data-parallel ranks there are, 1 by default. With {@code X-data-parallel-rank} a request may ask vLLM for
     * any of them, and a prefill engine of SGLang only for the one that its room belongs to.
     */
    public SimulatedEngineBuilder dataParallelSize(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("data parallel size: " + value + " (expected: 1 or more)");
        }
        dataParallelSize = value;
        return this;
    }

    /**
     * Numbers vLLM's data-parallel ranks over all engines of a deployment, from this one on, as its Rust frontend does
     * under hybrid load balancing. It refuses the ranks of other engines with 400. By default each engine numbers its
     * own from 0 on, as the Python frontend does.
     */
    public SimulatedEngineBuilder firstDataParallelRank(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("first data parallel rank: " + value + " (expected: 0 or more)");
        }
        firstDataParallelRank = OptionalInt.of(value);
        return this;
    }

    /**
     * Makes it a prefill engine, which takes nothing but the prefill step of a request that a router split. That of vLLM
     * speaks NIXL, unless it has a {@link #zmqAddress}; that of SGLang responds once the decode leg has come to its
     * {@link #bootstrapPort}; that of LMDeploy keeps the cache in a session, see {@link #distServe}.
     */
    public SimulatedEngineBuilder prefill() {
        return role(EngineRole.PREFILL);
    }

    /**
     * Makes it a decode engine. That of vLLM pulls the KV blocks that a request names from the prefill engine, and
     * computes the prompt itself for a request that names none; it speaks NIXL, unless it has a {@link #zmqAddress}.
     * That of SGLang responds once it has met the prefill leg in the room that the request names. That of LMDeploy takes
     * over the cache that the request names from the prefill engine it is linked with.
     */
    public SimulatedEngineBuilder decode() {
        return role(EngineRole.DECODE);
    }

    /** Lets a prefill or decode engine speak P2P NCCL: the ids of requests have to name it by this host and port. */
    public SimulatedEngineBuilder zmqAddress(String value) {
        zmqAddress = HostPort.parse(value);
        return this;
    }

    /** How long a prefill engine holds blocks that nobody pulls; 30 s by default. */
    public SimulatedEngineBuilder kvLease(Duration value) {
        kvLease = value;
        return this;
    }

    /**
     * The port on which a prefill engine of SGLang takes decode engines in; 0, the default, for any free one. For the
     * other engines no more than what {@code /server_info} says, 8998 by default.
     */
    public SimulatedEngineBuilder bootstrapPort(int value) {
        bootstrapPort = value;
        return this;
    }

    /** How long a prefill or decode engine of SGLang waits for the other leg of a request; 5 s by default. */
    public SimulatedEngineBuilder bootstrapTimeout(Duration value) {
        bootstrapTimeout = value;
        return this;
    }

    /** Lets {@code /server_info} of SGLang response 404, as that of an older engine. */
    public SimulatedEngineBuilder withoutServerInfo() {
        describesItself = false;
        return this;
    }

    /** Leaves {@code prompt_tokens_details} out of a prefill or decode engine's usage. */
    public SimulatedEngineBuilder withoutPromptDetails() {
        promptDetails = false;
        return this;
    }

    /** Lets a prefill engine respond with {@code "kv_transfer_params": null} and hold nothing, its connector off. */
    public SimulatedEngineBuilder withoutTransferParams() {
        issuesParams = false;
        return this;
    }

    /** Lets a decode engine put internal {@code kv_transfer_params} into its responses, as for the next turn of a chat. */
    public SimulatedEngineBuilder returnsTransferParams() {
        returnsParams = true;
        return this;
    }

    /**
     * Sends {@link Heartbeats} to the router that listens there, from the start until the engine stops. Their
     * {@code zmq_address} is empty for an engine without one, whose HTTP address is then the socket's identity.
     */
    public SimulatedEngineBuilder heartbeatsTo(String listener) {
        heartbeatListener = HostPort.parse(listener);
        return this;
    }

    /** The time from one heartbeat to the next; 3 s by default. */
    public SimulatedEngineBuilder heartbeatInterval(Duration value) {
        heartbeatInterval = value;
        return this;
    }

    /** Writes the strings of heartbeats as MessagePack {@code bin} instead of {@code str}. */
    public SimulatedEngineBuilder rawHeartbeatStrings() {
        rawHeartbeats = true;
        return this;
    }

    /** How a prefill or decode engine of LMDeploy takes part in DistServe. */
    public SimulatedEngineBuilder distServe(DistServeOptions value) {
        distServe = value;
        return this;
    }

    /**
     * Registers at this gateway by {@code POST /nodes/add} at each start and restart, once, without a key, and before the
     * port listens, as LMDeploy engines do. Whether it works makes no difference to the engine.
     */
    public SimulatedEngineBuilder registerAt(String url) {
        gateway = url;
        return this;
    }

    /** The backend to name when registering, none by default. */
    public SimulatedEngineBuilder backend(String value) {
        backend = value;
        return this;
    }

    /** How long {@code /health} says {@link Health#INITIALIZING} after each start and restart; zero by default. */
    public SimulatedEngineBuilder initializing(Duration value) {
        initializing = value;
        return this;
    }

    /**
     * Starts the engine; it listens when this returns.
     *
     * @throws IllegalArgumentException when an option does not go with the kind or the role
     * @throws UncheckedIOException when a port is taken
     */
    public SimulatedEngine start() {
        EngineOptions options = options();
        Listener listener = new Listener(network, host, port);
        String given = name == null ? kind.name().toLowerCase(Locale.ROOT) + "-" + listener.port() : name;
        KvLedger kv = new KvLedger(kvLease, recorded);
        EngineLog log = new EngineLog(recorded);
        EngineState state = new EngineState(
                given, options, log, kv, listener, bootstrap(listener), distServe(options, listener), models, health);
        return SimulatedEngine.started(state, heartbeats(host + ":" + listener.port()), registration());
    }

    SimulatedEngineBuilder role(EngineRole value) {
        role = value;
        return this;
    }

    private Optional<BootstrapServer> bootstrap(Listener beside) {
        if (kind != EngineKind.SGLANG || role != EngineRole.PREFILL) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BootstrapServer(network, host, bootstrapPort));
        } catch (UncheckedIOException taken) {
            beside.close();
            throw taken;
        }
    }

    private static Optional<DistServe> distServe(EngineOptions options, Listener listener) {
        return Optional.of(options)
                .filter(engine ->
                        engine.kind() == EngineKind.LMDEPLOY && engine.pd().role() != EngineRole.HYBRID)
                .map(engine -> new DistServe(engine.pd(), listener));
    }

    private Optional<Registration> registration() {
        return Optional.ofNullable(gateway).map(url -> new Registration(url, backend, role));
    }

    private Optional<Heartbeats> heartbeats(String httpAddress) {
        if (heartbeatListener == null) {
            return Optional.empty();
        }
        String zmq = zmqAddress == null ? "" : zmqAddress.toString();
        Heartbeat heartbeat = new Heartbeat(role == EngineRole.PREFILL ? "P" : "D", httpAddress, zmq);
        return Optional.of(new Heartbeats(
                heartbeatListener.toString(),
                zmq.isEmpty() ? httpAddress : zmq,
                rawHeartbeats ? heartbeat.toBytesOfBinaries() : heartbeat.toBytes(),
                heartbeatInterval));
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
                keepAlive,
                resetsIdle,
                initializing,
                dataParallelSize,
                firstDataParallelRank,
                pdOptions());
    }

    private PdOptions pdOptions() {
        return new PdOptions(
                role,
                Optional.ofNullable(zmqAddress),
                promptDetails,
                issuesParams,
                returnsParams,
                bootstrapPort,
                bootstrapTimeout,
                distServe,
                describesItself);
    }
}
