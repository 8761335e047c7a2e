package io.dlrouter.backend.sglang;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.PdAttempt;
import java.util.OptionalInt;

/**
 * The rooms in which the two servers of one attempt meet: numbers of 63 bits that no other attempt has. A prefill
 * server of several data-parallel ranks sends a request to the rank {@code room % size}
 * ({@code follow_bootstrap_room}), so the rooms of a node that is one rank all have it as their remainder.
 *
 * @param seed drawn with the attempt's id
 */
record Rooms(long seed, int size, int rank) {
    /** The golden ratio's fraction, as in {@link java.util.SplittableRandom}. */
    private static final long STEP = 0x9E3779B97F4A7C15L;

    static Rooms of(PdAttempt attempt) {
        NodeSpec prefill = attempt.prefill();
        OptionalInt rank = prefill.address().dpRank();
        long seed = Long.parseUnsignedLong(attempt.id().substring(0, 16), 16)
                ^ Long.parseUnsignedLong(attempt.id().substring(16), 16);
        return rank.isPresent() && prefill.dpSize().isPresent()
                ? new Rooms(seed, prefill.dpSize().getAsInt(), rank.getAsInt())
                : new Rooms(seed, 1, 0);
    }

    /** The room of one prompt of a batch, as a JSON number. */
    String room(int prompt) {
        long drawn = mixed(seed + prompt * STEP) & Long.MAX_VALUE;
        long room = drawn - drawn % size + rank;
        return Long.toString(room < 0 ? room - size : room);
    }

    private static long mixed(long value) {
        long once = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        long twice = (once ^ once >>> 27) * 0x94D049BB133111EBL;
        return twice ^ twice >>> 31;
    }
}
