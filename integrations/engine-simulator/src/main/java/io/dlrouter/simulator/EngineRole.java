package io.dlrouter.simulator;

import java.util.Locale;

/** What an engine does of a request: all of it, the prompt, or the tokens after the first. */
enum EngineRole {
    HYBRID(1),
    PREFILL(2),
    DECODE(3);

    private final int number;

    EngineRole(int number) {
        this.number = number;
    }

    /** What {@code POST /nodes/add} calls the role. */
    int number() {
        return number;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
