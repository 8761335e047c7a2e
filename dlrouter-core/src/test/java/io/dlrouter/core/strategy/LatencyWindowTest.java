package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyWindowTest {
    private static final long NOW = Long.MAX_VALUE - 5;
    private static final long HALF_LIFE = TimeUnit.SECONDS.toNanos(LatencyWindow.HALF_LIFE_SECONDS);

    private final LatencyWindow window = new LatencyWindow();

    @Test
    void mean_noSample_isUnknown() {
        assertThat(window.mean(NOW)).isEmpty();
        assertThat(window.samples()).isEmpty();
    }

    @Test
    void mean_samplesOfOneMoment_isTheirMean() {
        window.add(1, NOW);
        window.add(2, NOW);
        window.add(6, NOW);

        assertThat(window.mean(NOW).orElseThrow()).isCloseTo(3, within(1e-9));
    }

    @Test
    void mean_sampleOneHalfLifeAgo_weighsHalf() {
        window.add(1, NOW);
        window.add(4, NOW + HALF_LIFE);

        assertThat(window.mean(NOW + HALF_LIFE).orElseThrow()).isCloseTo((0.5 * 1 + 4) / 1.5, within(1e-9));
    }

    @Test
    void mean_oneSample_fadesAfterOneHalfLife() {
        window.add(1, NOW);

        assertThat(window.mean(NOW + HALF_LIFE)).hasValue(1);
        assertThat(window.mean(NOW + HALF_LIFE + 1)).isEmpty();
    }

    @Test
    void mean_manySamples_fadeLaterButWithinAMinute() {
        for (int i = 0; i < 100; i++) {
            window.add(1, NOW);
        }

        assertThat(window.mean(NOW + 4 * HALF_LIFE).orElseThrow()).isCloseTo(1, within(1e-9));
        assertThat(window.mean(NOW + 6 * HALF_LIFE)).isEmpty();
    }

    @Test
    void mean_newSampleAfterAllHaveFaded_isNearlyItAlone() {
        for (int i = 0; i < 15; i++) {
            window.add(60, NOW);
        }

        long later = NOW + 20 * HALF_LIFE;
        window.add(1, later);

        assertThat(window.mean(later).orElseThrow()).isCloseTo(1, within(0.01));
    }

    @Test
    void samples_moreThanItKeeps_areTheLatestOldestFirst() {
        for (int i = 1; i <= 20; i++) {
            window.add(i, NOW);
        }

        assertThat(window.samples())
                .hasSize(LatencyWindow.SAMPLES)
                .startsWith(6.0, 7.0)
                .endsWith(19.0, 20.0);
    }
}
