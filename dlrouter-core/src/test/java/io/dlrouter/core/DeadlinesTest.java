package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final Duration SHORT = Duration.ofMillis(60);

    private final Deadlines deadlines = new Deadlines();
    private final AtomicInteger expiries = new AtomicInteger();

    @AfterEach
    void close() {
        deadlines.close();
    }

    @Test
    void start_limitIsOver_expiresOnceAndNotBefore() throws Exception {
        long start = System.nanoTime();
        deadlines.start(SHORT, expiries::incrementAndGet);

        eventually("the deadline has expired", () -> expiries.get() > 0);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
        awaitAnother(SHORT);
        assertThat(expiries).hasValue(1);
    }

    @Test
    void cancel_inTime_neverExpires() throws Exception {
        deadlines.start(SHORT, expiries::incrementAndGet).cancel();

        awaitAnother(SHORT.multipliedBy(2));
        assertThat(expiries).hasValue(0);
    }

    @Test
    void prolong_inTime_startsTheLimitAnew() throws Exception {
        Deadlines.Deadline deadline = deadlines.start(SHORT, expiries::incrementAndGet);
        deadline.prolong(Duration.ofMinutes(1).toNanos());

        awaitAnother(SHORT.multipliedBy(2));
        assertThat(expiries).hasValue(0);
        deadline.prolong(SHORT.toNanos());
        eventually("the deadline has expired", () -> expiries.get() > 0);
    }

    @Test
    void suspend_inTime_holdsUntilItIsProlonged() throws Exception {
        Deadlines.Deadline deadline = deadlines.start(SHORT, expiries::incrementAndGet);
        deadline.suspend();

        awaitAnother(SHORT.multipliedBy(2));
        assertThat(expiries).hasValue(0);
        deadline.prolong(SHORT.toNanos());
        eventually("the deadline has expired", () -> expiries.get() > 0);
    }

    @Test
    void start_severalWithOneThatFails_expiresTheOthersToo() throws Exception {
        deadlines.start(SHORT, () -> {
            throw new IllegalStateException("on expiry");
        });

        awaitAnother(SHORT.multipliedBy(2));
    }

    private void awaitAnother(Duration limit) throws InterruptedException {
        CountDownLatch expired = new CountDownLatch(1);
        deadlines.start(limit, expired::countDown);
        assertThat(expired.await(5, TimeUnit.SECONDS)).isTrue();
    }
}
