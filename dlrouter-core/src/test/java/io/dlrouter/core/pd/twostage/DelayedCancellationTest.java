package io.dlrouter.core.pd.twostage;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Cancellation;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DelayedCancellationTest {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final FakeClock clock = new FakeClock();
    private final Cancellation caller = new Cancellation();
    private final DelayedCancellation held = new DelayedCancellation(caller, GRACE, clock);

    @Test
    void cancel_graceIsNotOver_isKeptBackUntilItIs() {
        caller.cancel();

        clock.advance(GRACE.minusNanos(1));
        assertThat(held.delayed().isCancelled()).isFalse();
        clock.advance(Duration.ofNanos(1));
        assertThat(held.delayed().isCancelled()).isTrue();
    }

    @Test
    void cancel_noGrace_takesEffectAtOnce() {
        DelayedCancellation prompt = new DelayedCancellation(caller, Duration.ZERO, clock);

        caller.cancel();

        assertThat(prompt.delayed().isCancelled()).isTrue();
    }

    @Test
    void release_wordIsKeptBack_takesEffectAtOnce() {
        caller.cancel();

        held.release();

        assertThat(held.delayed().isCancelled()).isTrue();
    }

    @Test
    void cancel_released_takesEffectAtOnce() {
        held.release();
        assertThat(held.delayed().isCancelled()).isFalse();

        caller.cancel();

        assertThat(held.delayed().isCancelled()).isTrue();
    }

    @Test
    void close_wordIsKeptBack_leavesNoTask() {
        caller.cancel();

        held.close();

        assertThat(clock.untilNextTask()).isEmpty();
        clock.advance(GRACE);
        assertThat(held.delayed().isCancelled()).isFalse();
    }

    @Test
    void cancel_closed_isNotHeard() {
        held.close();

        caller.cancel();

        assertThat(clock.untilNextTask()).isEmpty();
    }
}
