package io.dlrouter.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
    private Health health = Health.READY;
    private int recorded = 10_000;
    private int dataParallelSize = 1;
    private EngineRole role = EngineRole.HYBRID;
    private @Nullable HostPort zmqAddress;
    private Duration kvLease = Duration.ofSeconds(30);
    private boolean promptDetails = true;
    private boolean issuesParams = true;
    private boolean returnsParams;
    private @Nullable HostPort heartbeatListener;
    private Duration heartbeatInterval = Duration.ofSeconds(3);
    private boolean rawHeartbeats;

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

    public SimulatedEngineBuilder host(String value) {
        host = value;
        return this;
    }

    /** The port; 0 for any free one. */
    public SimulatedEngineBuilder port(int value) {
        port = value;
        return this;
    }

    public SimulatedEngineBuilder timeToFirstToken(Duration value) {
        timeToFirstToken = value;
        return this;
    }

    public SimulatedEngineBuilder timePerToken(Duration value) {
        timePerToken = value;
        return this;
    }

    /** How many tokens an answer has when the request does not say. */
    public SimulatedEngineBuilder tokens(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("tokens: " + value + " (expected: 1 or more)");
        }
        tokens = value;
        return this;
    }

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

    /** How long a connection may be idle after an answer; 5 s as with uvicorn, zero for ever. */
    public SimulatedEngineBuilder keepAlive(Duration value) {
        keepAlive = value;
        return this;
    }

    public SimulatedEngineBuilder health(Health value) {
        health = value;
        return this;
    }

    /** How many of the latest requests, disconnects and violations to keep. */
    public SimulatedEngineBuilder recordLast(int requests) {
        recorded = requests;
        return this;
    }

    /** How many data-parallel ranks a request may ask for with {@code X-data-parallel-rank}; 1 by default. vLLM only. */
    public SimulatedEngineBuilder dataParallelSize(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("data parallel size: " + value + " (expected: 1 or more)");
        }
        dataParallelSize = value;
        return this;
    }

    /**
     * Makes it a vLLM prefill engine, which takes nothing but the prefill step of a request that a router split. It
     * speaks NIXL, unless it has a {@link #zmqAddress}.
     */
    public SimulatedEngineBuilder prefill() {
        return role(EngineRole.PREFILL);
    }

    /**
     * Makes it a vLLM decode engine, which pulls the KV blocks that a request names from the prefill engine, and
     * computes the prompt itself for a request that names none. It speaks NIXL, unless it has a {@link #zmqAddress}.
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

    /** Leaves {@code prompt_tokens_details} out of a prefill or decode engine's usage. */
    public SimulatedEngineBuilder withoutPromptDetails() {
        promptDetails = false;
        return this;
    }

    /** Lets a prefill engine answer with {@code "kv_transfer_params": null} and hold nothing, its connector off. */
    public SimulatedEngineBuilder withoutTransferParams() {
        issuesParams = false;
        return this;
    }

    /** Lets a decode engine put internal {@code kv_transfer_params} into its answers, as for the next turn of a chat. */
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

    /**
     * Starts the engine; it listens when this returns.
     *
     * @throws IllegalArgumentException when an option does not go with the kind or the role
     * @throws java.io.UncheckedIOException when the port is taken
     */
    public SimulatedEngine start() {
        EngineOptions options = options();
        Listener listener = new Listener(host, port);
        String given = name == null ? kind.name().toLowerCase(Locale.ROOT) + "-" + listener.port() : name;
        KvLedger kv = new KvLedger(kvLease, recorded);
        EngineState state = new EngineState(given, options, new EngineLog(recorded), kv, listener, models, health);
        return SimulatedEngine.started(state, heartbeats(host + ":" + listener.port()));
    }

    SimulatedEngineBuilder role(EngineRole value) {
        role = value;
        return this;
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
                dataParallelSize,
                new PdOptions(role, Optional.ofNullable(zmqAddress), promptDetails, issuesParams, returnsParams));
    }
}
