package io.dlrouter.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs an action on many threads that start together. */
final class Hammer {
    private Hammer() {}

    /** The action of each thread. */
    interface Action {
        /** Runs once on each thread. An exception fails the test. */
        void run() throws Exception;
    }

    /**
     * Runs the action once on each thread, and returns when all have ended.
     *
     * @throws AssertionError if an action throws
     */
    static void run(int threads, Action action) throws InterruptedException {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Future<Void>> ends = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                ends.add(executor.submit(() -> {
                    start.await();
                    action.run();
                    return null;
                }));
            }
            for (Future<Void> end : ends) {
                await(end);
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static void await(Future<Void> end) throws InterruptedException {
        try {
            end.get();
        } catch (ExecutionException e) {
            throw new AssertionError("failed on one of many threads: " + e.getCause(), e.getCause());
        }
    }
}
