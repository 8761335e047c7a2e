package io.dlrouter.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlockCacheTest {
    private final BlockCache cache = new BlockCache(4);

    @Test
    void read_again_isHeldAsAWhole() {
        assertThat(read(1, 2, 3)).isZero();
        assertThat(read(1, 2, 3)).isEqualTo(3);
    }

    @Test
    void read_sameBeginning_isHeldSoFar() {
        read(1, 2, 3);

        assertThat(read(1, 2, 4)).isEqualTo(2);
    }

    @Test
    void read_whenFull_dropsWhatWasNotUsedForTheLongest() {
        read(1, 2);
        read(3, 4);
        read(1, 2);
        read(5, 6);

        assertThat(read(1, 2)).isEqualTo(2);
        assertThat(read(3, 4)).isZero();
    }

    @Test
    void read_whenFull_dropsTheDeepestBlockFirst() {
        read(1, 2, 3);
        read(4, 5);

        assertThat(read(1, 2)).isEqualTo(2);
        assertThat(read(1, 2, 3)).isEqualTo(2);
    }

    @Test
    void read_longerThanTheCache_keepsItsBeginning() {
        read(1, 2, 3, 4, 5, 6);

        assertThat(read(1, 2, 3, 4, 5, 6)).isEqualTo(4);
    }

    @Test
    void clear_all_isGone() {
        read(1);
        cache.clear();

        assertThat(read(1)).isZero();
    }

    private int read(long... blocks) {
        return cache.read(Traces.request(0, blocks).prompt());
    }
}
