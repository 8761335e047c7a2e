package io.dlrouter.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SharesTest {
    private final Shares shares = new Shares();

    @Test
    void of_allFromTheBeginning_isOverTheMean() {
        shares.join();
        shares.join();
        shares.give(0, 6);
        shares.give(1, 2);

        assertThat(shares.of(0)).isCloseTo(1.5, within(1e-9));
        assertThat(shares.of(1)).isCloseTo(0.5, within(1e-9));
        assertThat(shares.largest()).isCloseTo(1.5, within(1e-9));
    }

    @Test
    void of_oneThatJoined_isOverTheMeanSinceThen() {
        shares.join();
        shares.give(0, 100);
        shares.join();
        shares.give(0, 1);
        shares.give(1, 3);

        assertThat(shares.of(1)).isCloseTo(1.5, within(1e-9));
        assertThat(shares.of(0)).isCloseTo(101.0 / 102, within(1e-9));
    }

    @Test
    void of_nothingGiven_isFair() {
        shares.join();

        assertThat(shares.of(0)).isEqualTo(1);
    }
}
