package io.dlrouter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Cancels a request. A cancellation is final. Safe for use by many threads. */
public final class Cancellation {
    private static final List<Runnable> CANCELLED = List.of(() -> {});

    private final AtomicReference<List<Runnable>> actions = new AtomicReference<>(List.of());

    /** A cancellation that has not been triggered. */
    public Cancellation() {}

    /** Cancels: runs the registered actions on the calling thread. Further calls have no effect. */
    public void cancel() {
        actions.getAndSet(CANCELLED).forEach(Runnable::run);
    }

    /** Whether {@link #cancel} was called. */
    public boolean isCancelled() {
        return actions.get() == CANCELLED;
    }

    /**
     * Registers an action to run on cancellation. Runs it at once if the request is already cancelled.
     *
     * @param action must not throw
     * @return to be closed when the action is no longer needed
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

    /** The registration of an action. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {

        /** Removes the action. Harmless if it has run or was removed before. */
        @Override
        void close();
    }
}
