package io.dlrouter.core.runtime;

import static io.dlrouter.core.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SystemClockTest {
    private static final Duration NEVER = Duration.ofHours(1);

    private final SystemClock clock = new SystemClock();

    @AfterEach
    void close() {
        clock.close();
    }

    @Test
    void nanoTime_asTheJvms_isBetweenTwoOfIts() {
        long before = System.nanoTime();
        long between = clock.nanoTime();

        assertThat(between - before).isNotNegative();
        assertThat(System.nanoTime() - between).isNotNegative();
    }

    @Test
    void now_asTheSystems_isBetweenTwoOfIts() {
        Instant before = Instant.now();

        assertThat(clock.now()).isBetween(before, Instant.now());
    }

    @Test
    void schedule_noDelay_runsTheTaskOnADaemonOfItsOwn() throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();

        clock.schedule(Duration.ZERO, () -> thread.complete(Thread.currentThread()));

        assertThat(thread.get(30, TimeUnit.SECONDS))
                .returns(true, Thread::isDaemon)
                .extracting(Thread::getName)
                .asString()
                .startsWith("dlrouter-clock");
    }

    @Test
    void schedule_aTaskFails_runsTheNext() throws Exception {
        clock.schedule(Duration.ZERO, () -> {
            throw new IllegalStateException("test");
        });

        assertThat(clock.after(Duration.ofNanos(1))).succeedsWithin(Duration.ofSeconds(30));
    }

    @Test
    void cancel_notDueYet_saysSoOnce() {
        RouterClock.Task task = clock.schedule(NEVER, () -> {});

        assertThat(task.cancel()).isTrue();
        assertThat(task.cancel()).isFalse();
    }

    @Test
    void cancel_hasRun_isTooLate() {
        CompletableFuture<Void> run = new CompletableFuture<>();
        RouterClock.Task task = clock.schedule(Duration.ZERO, () -> run.complete(null));

        assertThat(run).succeedsWithin(Duration.ofSeconds(30));

        assertThat(task.cancel()).isFalse();
    }

    @Test
    void cancel_runs_isTooLate() {
        CompletableFuture<Void> running = new CompletableFuture<>();
        CompletableFuture<Void> end = new CompletableFuture<>();
        RouterClock.Task task = clock.schedule(Duration.ZERO, () -> {
            running.complete(null);
            end.join();
        });
        assertThat(running).succeedsWithin(Duration.ofSeconds(30));

        assertThat(task.cancel()).isFalse();

        end.complete(null);
    }

    @Test
    void close_tasksArePending_endsTheThread() throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        clock.schedule(Duration.ZERO, () -> thread.complete(Thread.currentThread()));
        clock.schedule(NEVER, () -> {});
        Thread started = thread.get(30, TimeUnit.SECONDS);

        clock.close();

        eventually("the thread has ended", () -> !started.isAlive());
    }

    @Test
    void schedule_closed_neverRunsAndIsNoError() {
        clock.close();

        assertThat(clock.schedule(Duration.ZERO, () -> {}).cancel()).isFalse();
    }
}
