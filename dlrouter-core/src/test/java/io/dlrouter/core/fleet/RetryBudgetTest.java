package io.dlrouter.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
    private final FakeClock clock = new FakeClock();
    private final RetryBudget budget = new RetryBudget(clock);

    @Test
    void repeat_nothingWasSent_isAllowedUpToTheFloor() {
        assertThat(repeats(500)).isEqualTo(RetryBudget.FLOOR);
    }

    @Test
    void repeat_muchWasSent_isAllowedForItsShare() {
        send(2000);

        assertThat(repeats(2000)).isEqualTo(400);
    }

    @Test
    void repeat_littleIsLeft_growsWithWhatIsSent() {
        send(1000);
        assertThat(repeats(1000)).isEqualTo(200);

        send(50);

        assertThat(repeats(1000)).isEqualTo(10);
    }

    @Test
    void repeat_timeHasPassed_forgetsWhatWasLongAgo() {
        send(2000);
        assertThat(repeats(1000)).isEqualTo(400);

        pass(RetryBudget.SECONDS - 1);
        assertThat(repeats(1000)).isZero();
        pass(1);
        assertThat(repeats(1000)).isEqualTo(RetryBudget.FLOOR);
    }

    @Test
    void repeat_muchTimeHasPassed_startsAnew() {
        send(2000);
        assertThat(repeats(1000)).isEqualTo(400);

        pass(1_000_000);

        assertThat(repeats(1000)).isEqualTo(RetryBudget.FLOOR);
    }

    private void pass(long seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    private void send(int times) {
        IntStream.range(0, times).forEach(i -> budget.sent());
    }

    private long repeats(int times) {
        return IntStream.range(0, times).filter(i -> budget.repeat()).count();
    }
}
