package io.dlrouter.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StandingTest {
    private static final int LIMIT = 3;

    private final FakeClock clock = new FakeClock();
    private final Standing standing = new Standing(clock);

    @Test
    void failed_soManyInARow_isToBeEjected() {
        assertThat(standing.failed(LIMIT)).isFalse();
        assertThat(standing.failed(LIMIT)).isFalse();
        assertThat(standing.failed(LIMIT)).isTrue();
    }

    @Test
    void succeeded_betweenFailures_startsToCountAnew() {
        standing.failed(LIMIT);
        standing.failed(LIMIT);

        standing.succeeded();

        assertThat(standing.failed(LIMIT)).isFalse();
    }

    @Test
    void begun_betweenFailures_isNoSuccessYet() {
        standing.failed(LIMIT);
        standing.failed(LIMIT);

        standing.begun();

        assertThat(standing.failed(LIMIT)).isTrue();
    }

    @Test
    void probed_ejectedByProbes_isOnTrialAtOnce() {
        standing.eject("no answer");
        assertThat(standing.isEjected()).isTrue();

        standing.probed(false);

        assertThat(standing.isEjected()).isFalse();
        assertThat(standing.fairShare(100)).isOne();
        assertThat(standing.reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("one request at a time"));
    }

    @Test
    void probed_ejectedForFailingRequests_isOnTrialOnlyAfterAWhile() {
        standing.ejectForAWhile("3 requests failed");

        clock.advance(Standing.FIRST_EJECTION.minusNanos(1));
        standing.probed(false);
        assertThat(standing.isEjected()).isTrue();
        clock.advance(Duration.ofNanos(1));
        standing.probed(false);

        assertThat(standing.isEjected()).isFalse();
    }

    @Test
    void probed_noOtherNodeIsThere_isOnTrialAtOnce() {
        standing.ejectForAWhile("3 requests failed");

        standing.probed(true);

        assertThat(standing.isEjected()).isFalse();
        assertThat(standing.failed(LIMIT)).isTrue();
    }

    @Test
    void failed_onTrial_isToBeEjectedAtOnce() {
        standing.eject("no answer");
        standing.probed(false);

        assertThat(standing.failed(LIMIT)).isTrue();
    }

    @Test
    void ejectForAWhile_againAndAgain_lastsTwiceAsLongUpToALimit() {
        Duration expected = Standing.FIRST_EJECTION;
        for (int i = 0; i < 20; i++) {
            standing.ejectForAWhile("again");
            clock.advance(expected.minusNanos(1));
            standing.probed(false);
            assertThat(standing.isEjected())
                    .as("ejection %s, just before %s", i, expected)
                    .isTrue();
            clock.advance(Duration.ofNanos(1));
            standing.probed(false);
            assertThat(standing.isEjected())
                    .as("ejection %s, after %s", i, expected)
                    .isFalse();
            Duration twice = expected.multipliedBy(2);
            expected = twice.compareTo(Standing.LONGEST_EJECTION) > 0 ? Standing.LONGEST_EJECTION : twice;
        }
        assertThat(expected).isEqualTo(Standing.LONGEST_EJECTION);
    }

    @Test
    void succeeded_longAfterTheTrial_forgetsEarlierEjections() {
        standing.ejectForAWhile("once");
        clock.advance(Standing.FIRST_EJECTION);
        standing.probed(false);
        standing.begun();
        standing.succeeded();
        assertThat(standing.wasEjectedBefore()).isTrue();

        clock.advance(Standing.RAMP);
        standing.succeeded();

        assertThat(standing.wasEjectedBefore()).isFalse();
    }

    @Test
    void fairShare_newNode_growsToThatOfTheOthers() {
        assertThat(standing.isRestricted()).isTrue();
        assertThat(standing.fairShare(19)).isEqualTo(2);
        clock.advance(Standing.RAMP.dividedBy(2));
        assertThat(standing.fairShare(19)).isEqualTo(11);

        clock.advance(Standing.RAMP.dividedBy(2));

        assertThat(standing.isRestricted()).isFalse();
    }

    @Test
    void fairShare_othersHaveNothingToDo_isOneRequest() {
        assertThat(standing.fairShare(0)).isOne();
    }

    @Test
    void begun_onTrial_endsItAndIsNewAgain() {
        clock.advance(Standing.RAMP);
        standing.eject("no answer");
        standing.probed(false);

        assertThat(standing.begun()).isTrue();

        assertThat(standing.begun()).isFalse();
        assertThat(standing.isNew()).isTrue();
        assertThat(standing.reason()).isEmpty();
    }

    @Test
    void press_forAWhile_endsByItself() {
        standing.press(Duration.ofSeconds(2));

        clock.advance(Duration.ofSeconds(2).minusNanos(1));
        assertThat(standing.isPressed()).isTrue();
        clock.advance(Duration.ofNanos(1));

        assertThat(standing.isPressed()).isFalse();
    }

    @Test
    void press_forEver_isBounded() {
        standing.press(Duration.ofSeconds(Long.MAX_VALUE));

        clock.advance(Standing.LONGEST_PRESSURE);

        assertThat(standing.isPressed()).isFalse();
    }

    @Test
    void renew_ejected_forgetsAll() {
        standing.ejectForAWhile("3 requests failed");
        standing.failed(LIMIT);
        standing.failed(LIMIT);
        standing.press(Duration.ofSeconds(5));

        standing.renew();

        assertThat(standing.isEjected()).isFalse();
        assertThat(standing.isPressed()).isFalse();
        assertThat(standing.failed(LIMIT)).isFalse();
        assertThat(standing.wasEjectedBefore()).isFalse();
    }

    @Test
    void reason_ejected_saysWhyAndForHowLong() {
        standing.ejectForAWhile("3 requests in a row failed");

        assertThat(standing.reason()).hasValue("3 requests in a row failed; on trial in 5 s at the earliest");
        clock.advance(Standing.FIRST_EJECTION);
        assertThat(standing.reason()).hasValue("3 requests in a row failed");
    }
}
