package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PatienceTest {

    @Property
    void gapAfter_anyAttempt_isAboutDoubledAndCapped(@ForAll @IntRange(min = 1, max = 40) int attempt) {
        Duration longest = Duration.ofNanos((long) Math.min(1e8 * Math.pow(2, attempt - 1), 5e9));

        assertThat(Patience.DEFAULT.gapAfter(attempt))
                .isBetween(longest.multipliedBy(3).dividedBy(4), longest);
    }

    @Example
    void gapAfter_attemptsInTurn_grows() {
        for (int attempt = 1; attempt < 7; attempt++) {
            assertThat(Patience.DEFAULT.gapAfter(attempt + 1)).isGreaterThan(Patience.DEFAULT.gapAfter(attempt));
        }
    }
}
