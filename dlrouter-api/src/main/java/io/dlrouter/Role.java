package io.dlrouter;

import java.util.Arrays;
import java.util.Locale;

/** The role of a node. The numbers are those of LMDeploy's {@code EngineRole}, used on the wire. */
public enum Role {
    /** Prefill and decode on one node. */
    HYBRID(1),
    /** Prefill only: computes the KV cache that a decode node fetches. */
    PREFILL(2),
    /** Decode only. */
    DECODE(3);

    private final int wireNumber;

    Role(int wireNumber) {
        this.wireNumber = wireNumber;
    }

    /** The number of this role in {@code /nodes/add} and {@code /nodes/status}. */
    public int wireNumber() {
        return wireNumber;
    }

    /**
     * The role of a wire number.
     *
     * @throws IllegalArgumentException if the number is unknown
     */
    public static Role ofWireNumber(int number) {
        return Arrays.stream(values())
                .filter(role -> role.wireNumber == number)
                .findFirst()
                .orElseThrow(() -> unknown(number));
    }

    /**
     * The role of a name, in any case of letters.
     *
     * @throws IllegalArgumentException if the name is unknown
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
