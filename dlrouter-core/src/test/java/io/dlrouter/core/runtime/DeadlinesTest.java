package io.dlrouter.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final Duration LIMIT = Deadlines.TICK.multipliedBy(3);
    private static final Duration ALMOST = LIMIT.minusNanos(1);

    private final FakeClock clock = new FakeClock();
    private final Deadlines deadlines = new Deadlines(clock);
    private final AtomicInteger expiries = new AtomicInteger();

    @Test
    void start_limitIsOver_expiresOnceAndNotBefore() {
        start(LIMIT);

        clock.advance(ALMOST);
        assertThat(expiries).hasValue(0);
        clock.advance(Duration.ofNanos(1));
        assertThat(expiries).hasValue(1);
        clock.advance(LIMIT);
        assertThat(expiries).hasValue(1);
    }

    @Test
    void start_betweenTwoChecks_expiresWithTheNext() {
        start(LIMIT);
        clock.advance(Duration.ofMillis(20));
        start(LIMIT);

        clock.advance(LIMIT);
        assertThat(expiries).hasValue(1);
        clock.advance(Deadlines.TICK);
        assertThat(expiries).hasValue(2);
    }

    @Test
    void cancel_inTime_neverExpires() {
        Deadlines.Deadline deadline = start(LIMIT);

        assertThat(deadline.cancel()).isTrue();
        clock.advance(LIMIT);

        assertThat(expiries).hasValue(0);
        assertThat(deadline.cancel()).isFalse();
    }

    @Test
    void cancel_expired_isTooLate() {
        Deadlines.Deadline deadline = start(LIMIT);

        clock.advance(LIMIT);

        assertThat(deadline.cancel()).isFalse();
    }

    @Test
    void prolong_inTime_startsTheLimitAnew() {
        Deadlines.Deadline deadline = start(LIMIT);
        clock.advance(ALMOST);

        deadline.prolong(LIMIT.toNanos());
        clock.advance(ALMOST);
        assertThat(expiries).hasValue(0);
        clock.advance(Deadlines.TICK);
        assertThat(expiries).hasValue(1);
    }

    @Test
    void suspend_inTime_holdsUntilItIsProlonged() {
        Deadlines.Deadline deadline = start(LIMIT);

        deadline.suspend();
        clock.advance(Duration.ofHours(1));
        assertThat(expiries).hasValue(0);
        deadline.prolong(LIMIT.toNanos());
        clock.advance(LIMIT.plus(Deadlines.TICK));

        assertThat(expiries).hasValue(1);
    }

    @Test
    void start_severalWithOneThatFails_expiresTheOthersToo() {
        IntStream.range(0, 3).forEach(i -> start(LIMIT));
        deadlines.start(LIMIT, () -> {
            throw new IllegalStateException("on expiry");
        });
        IntStream.range(0, 3).forEach(i -> start(LIMIT));

        clock.advance(LIMIT);

        assertThat(expiries).hasValue(6);
    }

    @Test
    void start_noneIsLeft_checksNothingUntilTheNext() {
        start(LIMIT);
        clock.advance(LIMIT.plus(Deadlines.TICK));
        assertThat(clock.untilNextTask()).isEmpty();

        start(LIMIT);
        clock.advance(LIMIT);

        assertThat(expiries).hasValue(2);
    }

    @Test
    void start_byAnExpiry_expiresToo() {
        deadlines.start(LIMIT, () -> start(LIMIT));

        clock.advance(LIMIT.multipliedBy(2));

        assertThat(expiries).hasValue(1);
    }

    @Test
    void close_beforeALimitIsOver_leavesNoTask() {
        start(LIMIT);

        deadlines.close();
        clock.advance(LIMIT);

        assertThat(expiries).hasValue(0);
        assertThat(clock.untilNextTask()).isEmpty();
    }

    @Test
    void start_closed_leavesNoTask() {
        deadlines.close();

        start(LIMIT);

        assertThat(clock.untilNextTask()).isEmpty();
    }

    private Deadlines.Deadline start(Duration limit) {
        return deadlines.start(limit, expiries::incrementAndGet);
    }
}
