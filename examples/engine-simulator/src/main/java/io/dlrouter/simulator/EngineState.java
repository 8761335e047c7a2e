package io.dlrouter.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the connections of one engine share. Safe for use by any thread. */
final class EngineState {
    private final String name;
    private final EngineOptions options;
    private final Dialect dialect;
    private final EngineLog log;
    private final Listener listener;
    private final KvLedger kv;
    private final Faults faults = new Faults();
    private volatile List<String> models;
    private volatile Health health;

    EngineState(
            String name,
            EngineOptions options,
            EngineLog log,
            KvLedger kv,
            Listener listener,
            List<String> models,
            Health health) {
        this.name = name;
        this.options = options;
        this.dialect = options.kind().dialect();
        this.log = log;
        this.kv = kv;
        this.listener = listener;
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

    Listener listener() {
        return listener;
    }

    Faults faults() {
        return faults;
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

    Health health() {
        return health;
    }

    void health(Health changed) {
        health = changed;
    }
}
