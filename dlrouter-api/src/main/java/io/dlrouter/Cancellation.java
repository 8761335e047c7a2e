package io.dlrouter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A caller's word that it no longer wants an answer. Given once, it stays given. Safe for use by many threads.
 */
public final class Cancellation {
    private static final List<Runnable> CANCELLED = List.of(() -> {});

    private final AtomicReference<List<Runnable>> actions = new AtomicReference<>(List.of());

    /** A word not yet given. */
    public Cancellation() {}

    /** Runs what was registered, on the calling thread. Only the first call does anything. */
    public void cancel() {
        actions.getAndSet(CANCELLED).forEach(Runnable::run);
    }

    /** Whether it has been given. */
    public boolean isCancelled() {
        return actions.get() == CANCELLED;
    }

    /**
     * Registers what is to be done on cancellation, or does it at once if that has been.
     *
     * @param action must not throw
     * @return to be closed when the action is no longer wanted
     */
    public Registration onCancel(Runnable action) {
        List<Runnable> seen = actions.get();
        while (seen != CANCELLED) {
            List<Runnable> more = new ArrayList<>(seen);
            more.add(action);
            if (actions.compareAndSet(seen, more)) {
                return () -> forget(action);
            }
            seen = actions.get();
        }
        action.run();
        return () -> {};
    }

    private void forget(Runnable action) {
        List<Runnable> seen = actions.get();
        while (seen != CANCELLED) {
            List<Runnable> fewer = new ArrayList<>(seen);
            fewer.remove(action);
            if (actions.compareAndSet(seen, fewer)) {
                return;
            }
            seen = actions.get();
        }
    }

    /** An action's place in a cancellation. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {

        /** Takes the action out. Harmless if it has run, or was taken out before. */
        @Override
        void close();
    }
}
