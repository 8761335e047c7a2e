package io.dlrouter;

import java.util.Arrays;
import java.util.Locale;

/** What a node does for a request. The numbers are those of LMDeploy's {@code EngineRole} and go over the wire. */
public enum Role {
    /** Prefill and decode in one piece. */
    HYBRID(1),
    /** Only prefill: fills the KV cache that a decode node takes over. */
    PREFILL(2),
    /** Only decode. */
    DECODE(3);

    private final int wireNumber;

    Role(int wireNumber) {
        this.wireNumber = wireNumber;
    }

    /** The integer that stands for this role in {@code /nodes/add} and {@code /nodes/status}. */
    public int wireNumber() {
        return wireNumber;
    }

    /**
     * The role of a wire number.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Role ofWireNumber(int number) {
        return Arrays.stream(values())
                .filter(role -> role.wireNumber == number)
                .findFirst()
                .orElseThrow(() -> unknown(number));
    }

    /**
     * The role of a name, whatever its case.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Role parse(String name) {
        return Arrays.stream(values())
                .filter(role -> role.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> unknown(name));
    }

    private static IllegalArgumentException unknown(Object value) {
        return new IllegalArgumentException("role: " + value + " (expected: 1 or hybrid, 2 or prefill, 3 or decode)");
    }
}
