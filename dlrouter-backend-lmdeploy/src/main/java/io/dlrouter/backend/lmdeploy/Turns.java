package io.dlrouter.backend.lmdeploy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Work with engines, one at a time with each. Work begins when all engines that it needs are free, and holds none while
 * it waits for another, so an engine that hangs keeps up only what needs it. Of two works that need the same engines,
 * the one that was asked for first begins first. Safe for use by many threads.
 */
final class Turns {
    private final Executor threads;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Turn> waiting = new ArrayList<>();
    private final Set<String> busy = new HashSet<>();
    /** Completes when no engine is busy and no work waits. */
    private CompletableFuture<Void> idle = CompletableFuture.completedFuture(null);

    /** @param threads that run the work, at once and never by the caller's own thread */
    Turns(Executor threads) {
        this.threads = threads;
    }

    /** Returns at once; the work is done when its turn comes. */
    void take(Set<String> engines, Runnable work) {
        lock.lock();
        try {
            if (busy.isEmpty()) {
                idle = new CompletableFuture<>();
            }
            waiting.add(new Turn(engines, work));
            beginWhatCan();
        } finally {
            lock.unlock();
        }
    }

    boolean isBusy(String engine) {
        lock.lock();
        try {
            return busy.contains(engine);
        } finally {
            lock.unlock();
        }
    }

    /** Completes when there is no work. */
    CompletableFuture<Void> idle() {
        lock.lock();
        try {
            return idle.copy();
        } finally {
            lock.unlock();
        }
    }

    private void beginWhatCan() {
        for (Iterator<Turn> turns = waiting.iterator(); turns.hasNext(); ) {
            Turn turn = turns.next();
            if (Collections.disjoint(busy, turn.engines)) {
                turns.remove();
                busy.addAll(turn.engines);
                threads.execute(() -> run(turn));
            }
        }
    }

    private void run(Turn turn) {
        try {
            turn.work.run();
        } finally {
            end(turn).ifPresent(done -> done.complete(null));
        }
    }

    /** Returns what is to be completed, without the lock, if this was the last work. */
    private Optional<CompletableFuture<Void>> end(Turn turn) {
        lock.lock();
        try {
            busy.removeAll(turn.engines);
            beginWhatCan();
            return busy.isEmpty() ? Optional.of(idle) : Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Work that waits for engines, or has them. */
    private record Turn(Set<String> engines, Runnable work) {}
}
