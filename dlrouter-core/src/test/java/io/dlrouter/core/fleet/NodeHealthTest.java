package io.dlrouter.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeHealthTest {
    private static final int LIMIT = 3;

    private final FakeClock clock = new FakeClock();
    private final NodeHealth health = new NodeHealth(clock);

    @Test
    void failed_soManyInARow_isToBeEjected() {
        assertThat(health.failed(LIMIT)).isFalse();
        assertThat(health.failed(LIMIT)).isFalse();
        assertThat(health.failed(LIMIT)).isTrue();
    }

    @Test
    void succeeded_betweenFailures_startsToCountAnew() {
        health.failed(LIMIT);
        health.failed(LIMIT);

        health.succeeded();

        assertThat(health.failed(LIMIT)).isFalse();
    }

    @Test
    void begun_betweenFailures_isNoSuccessYet() {
        health.failed(LIMIT);
        health.failed(LIMIT);

        health.begun();

        assertThat(health.failed(LIMIT)).isTrue();
    }

    @Test
    void probed_ejectedByProbes_isHalfOpenAtOnce() {
        health.eject("no answer");
        assertThat(health.isEjected()).isTrue();

        health.probed(false);

        assertThat(health.isEjected()).isFalse();
        assertThat(health.fairShare(100)).isOne();
        assertThat(health.reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("one request at a time"));
    }

    @Test
    void probed_ejectedForFailingRequests_isHalfOpenOnlyAfterAWhile() {
        health.ejectForAWhile("3 requests failed");

        clock.advance(NodeHealth.FIRST_EJECTION.minusNanos(1));
        health.probed(false);
        assertThat(health.isEjected()).isTrue();
        clock.advance(Duration.ofNanos(1));
        health.probed(false);

        assertThat(health.isEjected()).isFalse();
    }

    @Test
    void probed_noOtherNodeIsThere_isHalfOpenAtOnce() {
        health.ejectForAWhile("3 requests failed");

        health.probed(true);

        assertThat(health.isEjected()).isFalse();
        assertThat(health.failed(LIMIT)).isTrue();
    }

    @Test
    void failed_halfOpen_isToBeEjectedAtOnce() {
        health.eject("no answer");
        health.probed(false);

        assertThat(health.failed(LIMIT)).isTrue();
    }

    @Test
    void ejectForAWhile_againAndAgain_lastsTwiceAsLongUpToALimit() {
        Duration expected = NodeHealth.FIRST_EJECTION;
        for (int i = 0; i < 20; i++) {
            health.ejectForAWhile("again");
            clock.advance(expected.minusNanos(1));
            health.probed(false);
            assertThat(health.isEjected())
                    .as("ejection %s, just before %s", i, expected)
                    .isTrue();
            clock.advance(Duration.ofNanos(1));
            health.probed(false);
            assertThat(health.isEjected())
                    .as("ejection %s, after %s", i, expected)
                    .isFalse();
            Duration twice = expected.multipliedBy(2);
            expected = twice.compareTo(NodeHealth.LONGEST_EJECTION) > 0 ? NodeHealth.LONGEST_EJECTION : twice;
        }
        assertThat(expected).isEqualTo(NodeHealth.LONGEST_EJECTION);
    }

    @Test
    void succeeded_longAfterTheTrial_forgetsEarlierEjections() {
        health.ejectForAWhile("once");
        clock.advance(NodeHealth.FIRST_EJECTION);
        health.probed(false);
        health.begun();
        health.succeeded();
        assertThat(health.wasEjectedBefore()).isTrue();

        clock.advance(NodeHealth.SLOW_START);
        health.succeeded();

        assertThat(health.wasEjectedBefore()).isFalse();
    }

    @Test
    void fairShare_newNode_growsToThatOfTheOthers() {
        assertThat(health.isRestricted()).isTrue();
        assertThat(health.fairShare(19)).isEqualTo(2);
        clock.advance(NodeHealth.SLOW_START.dividedBy(2));
        assertThat(health.fairShare(19)).isEqualTo(11);

        clock.advance(NodeHealth.SLOW_START.dividedBy(2));

        assertThat(health.isRestricted()).isFalse();
    }

    @Test
    void fairShare_othersHaveNothingToDo_isOneRequest() {
        assertThat(health.fairShare(0)).isOne();
    }

    @Test
    void begun_halfOpen_endsItAndIsNewAgain() {
        clock.advance(NodeHealth.SLOW_START);
        health.eject("no answer");
        health.probed(false);

        assertThat(health.begun()).isTrue();

        assertThat(health.begun()).isFalse();
        assertThat(health.isNew()).isTrue();
        assertThat(health.reason()).isEmpty();
    }

    @Test
    void press_forAWhile_endsByItself() {
        health.backOff(Duration.ofSeconds(2));

        clock.advance(Duration.ofSeconds(2).minusNanos(1));
        assertThat(health.isBackingOff()).isTrue();
        clock.advance(Duration.ofNanos(1));

        assertThat(health.isBackingOff()).isFalse();
    }

    @Test
    void press_forEver_isBounded() {
        health.backOff(Duration.ofSeconds(Long.MAX_VALUE));

        clock.advance(NodeHealth.LONGEST_BACK_OFF);

        assertThat(health.isBackingOff()).isFalse();
    }

    @Test
    void renew_ejected_forgetsAll() {
        health.ejectForAWhile("3 requests failed");
        health.failed(LIMIT);
        health.failed(LIMIT);
        health.backOff(Duration.ofSeconds(5));

        health.renew();

        assertThat(health.isEjected()).isFalse();
        assertThat(health.isBackingOff()).isFalse();
        assertThat(health.failed(LIMIT)).isFalse();
        assertThat(health.wasEjectedBefore()).isFalse();
    }

    @Test
    void reason_ejected_saysWhyAndForHowLong() {
        health.ejectForAWhile("3 requests in a row failed");

        assertThat(health.reason()).hasValue("3 requests in a row failed; on trial in 5 s at the earliest");
        clock.advance(NodeHealth.FIRST_EJECTION);
        assertThat(health.reason()).hasValue("3 requests in a row failed");
    }
}
