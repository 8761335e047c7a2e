package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dlrouter.spi.RouterClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FakeClockTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final FakeClock clock = new FakeClock();
    private final List<String> run = new ArrayList<>();

    @Test
    void advance_byAStep_movesBothTimes() {
        long nanos = clock.nanoTime();
        Instant now = clock.now();

        clock.advance(SECOND);

        assertThat(clock.nanoTime() - nanos).isEqualTo(SECOND.toNanos());
        assertThat(Duration.between(now, clock.now())).isEqualTo(SECOND);
    }

    @Test
    void advance_tasksAreDue_runsThemInOrderOfTimeAtTheirTimes() {
        long start = clock.nanoTime();
        clock.schedule(Duration.ofMillis(20), () -> run.add("second at " + millisSince(start)));
        clock.schedule(Duration.ofMillis(20), () -> run.add("third at " + millisSince(start)));
        clock.schedule(Duration.ofMillis(10), () -> run.add("first at " + millisSince(start)));
        clock.schedule(Duration.ofMillis(31), () -> run.add("too early"));

        clock.advance(Duration.ofMillis(30));

        assertThat(run).containsExactly("first at 10", "second at 20", "third at 20");
        assertThat(clock.untilNextTask()).hasValue(Duration.ofMillis(1));
    }

    @Test
    void advance_taskSchedulesAnother_runsThatToo() {
        clock.schedule(SECOND, () -> clock.schedule(SECOND, () -> run.add("again")));

        clock.advance(SECOND.multipliedBy(2));

        assertThat(run).containsExactly("again");
    }

    @Test
    void advance_taskThrows_throwsAndKeepsTheOthers() {
        clock.schedule(SECOND, () -> {
            throw new IllegalStateException("test");
        });
        clock.schedule(SECOND, () -> run.add("other"));

        assertThatIllegalStateException().isThrownBy(() -> clock.advance(SECOND));
        clock.advance(Duration.ZERO);

        assertThat(run).containsExactly("other");
    }

    @Test
    void cancel_notDueYet_keepsTheTaskFromRunning() {
        RouterClock.Task task = clock.schedule(SECOND, () -> run.add("cancelled"));

        assertThat(task.cancel()).isTrue();
        clock.advance(SECOND);

        assertThat(run).isEmpty();
        assertThat(task.cancel()).isFalse();
    }

    @Test
    void cancel_hasRun_isTooLate() {
        RouterClock.Task task = clock.schedule(SECOND, () -> run.add("run"));

        clock.advance(SECOND);

        assertThat(task.cancel()).isFalse();
    }

    @Test
    void after_delayHasPassed_completes() {
        CompletableFuture<Void> elapsed = clock.after(SECOND);

        clock.advance(SECOND.minusNanos(1));
        assertThat(elapsed).isNotDone();
        clock.advance(Duration.ofNanos(1));

        assertThat(elapsed).isCompleted();
    }

    @Test
    void after_cancelled_leavesNoTask() {
        clock.after(SECOND).cancel(false);

        assertThat(clock.untilNextTask()).isEmpty();
    }

    @Test
    void awaitTaskIn_anotherThreadSchedulesIt_returns() {
        CompletableFuture<RouterClock.Task> scheduled =
                CompletableFuture.supplyAsync(() -> clock.schedule(SECOND, () -> run.add("run")));

        clock.awaitTaskIn(SECOND);
        clock.advance(SECOND);

        assertThat(run).containsExactly("run");
        assertThat(scheduled.join().cancel()).isFalse();
    }

    @Test
    void awaitTaskIn_range_returnsTheFirstTaskWithinIt() {
        clock.schedule(SECOND.minusNanos(1), () -> run.add("early"));
        clock.schedule(SECOND.multipliedBy(3), () -> run.add("late"));
        CompletableFuture<RouterClock.Task> scheduled =
                CompletableFuture.supplyAsync(() -> clock.schedule(SECOND.multipliedBy(2), () -> run.add("within")));

        assertThat(clock.awaitTaskIn(SECOND, SECOND.multipliedBy(3))).isBetween(SECOND, SECOND.multipliedBy(3));
        scheduled.join();
        assertThat(clock.awaitTaskIn(SECOND, SECOND.multipliedBy(3))).isEqualTo(SECOND.multipliedBy(2));
    }

    private long millisSince(long start) {
        return Duration.ofNanos(clock.nanoTime() - start).toMillis();
    }
}
