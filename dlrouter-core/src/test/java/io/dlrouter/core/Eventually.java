package io.dlrouter.core;

import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits, for a bounded time, for what another thread brings about. */
public final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(1);

    private Eventually() {}

    /**
     * Waits until a condition holds.
     *
     * @throws AssertionError if it does not come to hold; the message is this description of it
     */
    public static void eventually(String description, BooleanSupplier condition) {
        eventually(description, () -> {}, condition);
    }

    /**
     * The same while time passes: as long as the condition does not hold, the clock is moved on.
     *
     * @param step by which it is moved, about once a millisecond
     */
    public static void eventually(String description, FakeClock clock, Duration step, BooleanSupplier condition) {
        eventually(description, () -> clock.advance(step), condition);
    }

    private static void eventually(String description, Runnable meanwhile, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("Not within " + PATIENCE + ": " + description);
            }
            meanwhile.run();
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }
}
