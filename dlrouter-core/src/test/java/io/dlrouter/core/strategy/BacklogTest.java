package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dlrouter.core.strategy.Backlog.Reading;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Backlog backlog = new Backlog();

    @Test
    void tokens_readingsComeAndGo_areThoseNotRead() {
        Reading first = backlog.begin(1000, 0);
        Reading second = backlog.begin(500, 0);
        assertThat(backlog.tokens(0)).isEqualTo(1500);

        backlog.leave(second, 0);
        assertThat(backlog.tokens(0)).isEqualTo(1000);

        backlog.read(first, SECOND);
        assertThat(backlog.tokens(SECOND)).isZero();
        assertThat(backlog.responding()).isEqualTo(1);

        backlog.responded();
        assertThat(backlog.isEmpty()).isTrue();
    }

    @Test
    void tokens_nodeHasReadBefore_countsWhatItHasReadOfTheFirstByNow() {
        backlog.read(backlog.begin(8000, 0), SECOND);
        Reading first = backlog.begin(4000, 2 * SECOND);
        backlog.begin(1000, 2 * SECOND);

        assertThat(backlog.tokens(2 * SECOND)).isCloseTo(5000, within(1e-6));
        assertThat(backlog.tokens(2 * SECOND + SECOND / 4)).isCloseTo(3000, within(1e-6));
        assertThat(backlog.tokens(9 * SECOND)).as("the second one is not begun").isCloseTo(1000, within(1e-6));

        backlog.read(first, 3 * SECOND);
        assertThat(backlog.tokens(3 * SECOND)).isCloseTo(1000, within(1e-6));
    }

    @Test
    void tokens_firstGoesUnread_nextIsNotBegunBefore() {
        backlog.read(backlog.begin(1000, 0), SECOND);
        Reading first = backlog.begin(1000, SECOND);
        backlog.begin(1000, SECOND);

        backlog.leave(first, 3 * SECOND);

        assertThat(backlog.tokens(3 * SECOND)).isEqualTo(1000);
    }

    @Test
    void tokens_clockThatGoesBack_areNoMoreThanThereAre() {
        backlog.read(backlog.begin(1000, 0), SECOND);
        backlog.begin(1000, 2 * SECOND);

        assertThat(backlog.tokens(SECOND)).isEqualTo(1000);
    }
}
