package io.dlrouter.simulator;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the connections of one engine share. Safe for use by any thread. */
final class EngineState {
    private static final int REMEMBERED_ROOMS = 100_000;
    private static final int USUAL_BOOTSTRAP_PORT = 8998;

    private final String name;
    private final EngineOptions options;
    private final Dialect dialect;
    private final EngineLog log;
    private final Listener listener;
    private final KvLedger kv;
    private final Optional<BootstrapServer> bootstrap;
    private final Optional<DistServe> distServe;
    private final RoomLedger rooms = new RoomLedger(REMEMBERED_ROOMS);
    private final Faults faults = new Faults();
    private final ResponseStore responses = new ResponseStore();
    private volatile List<String> models;
    private volatile Health health;
    private volatile long readyAt = System.nanoTime();

    EngineState(
            String name,
            EngineOptions options,
            EngineLog log,
            KvLedger kv,
            Listener listener,
            Optional<BootstrapServer> bootstrap,
            Optional<DistServe> distServe,
            List<String> models,
            Health health) {
        this.name = name;
        this.options = options;
        this.dialect = options.kind().dialect();
        this.log = log;
        this.kv = kv;
        this.listener = listener;
        this.bootstrap = bootstrap;
        this.distServe = distServe;
        this.models = List.copyOf(models);
        this.health = health;
    }

    String name() {
        return name;
    }

    EngineOptions options() {
        return options;
    }

    Dialect dialect() {
        return dialect;
    }

    EngineLog log() {
        return log;
    }

    KvLedger kv() {
        return kv;
    }

    RoomLedger rooms() {
        return rooms;
    }

    Listener listener() {
        return listener;
    }

    /** Where decode engines come to; only a prefill engine of SGLang has it. */
    Optional<BootstrapServer> bootstrap() {
        return bootstrap;
    }

    /** What links it to others; only a prefill or decode engine of LMDeploy has it. */
    Optional<DistServe> distServe() {
        return distServe;
    }

    /** The bootstrap port that the engine says it has, with or without anything that listens there. */
    int bootstrapPort() {
        int announced = options.pd().bootstrapPort() == 0
                ? USUAL_BOOTSTRAP_PORT
                : options.pd().bootstrapPort();
        return bootstrap.map(BootstrapServer::port).orElse(announced);
    }

    Faults faults() {
        return faults;
    }

    /** What the Responses API has made. */
    ResponseStore responses() {
        return responses;
    }

    List<String> models() {
        return models;
    }

    /** Refuses a request without a model, or with one that is not served. */
    void requireModel(@Nullable String model) {
        if (model == null || model.isEmpty()) {
            throw new EngineErrorException(400, "model: missing (expected: one of " + models + ")", "model");
        }
        if (!models.contains(model)) {
            throw new EngineErrorException(404, "The model `" + model + "` does not exist.", "model");
        }
    }

    /** Puts down what a router did wrong, and gives the refusal of it. */
    EngineErrorException violation(int status, String message) {
        log.violated(message);
        return new EngineErrorException(status, message, null);
    }

    void serve(List<String> replacement) {
        models = List.copyOf(replacement);
    }

    /** What was set, unless the engine still initializes or its loop has ended. */
    Health health() {
        if (readyAt - System.nanoTime() > 0) {
            return Health.INITIALIZING;
        }
        return distServe.filter(DistServe::isDead).isPresent() ? Health.UNHEALTHY : health;
    }

    /** Lets the time begin in which the engine initializes. */
    void initialize() {
        readyAt = System.nanoTime() + options.initializing().toNanos();
    }

    void health(Health changed) {
        health = changed;
    }
}
