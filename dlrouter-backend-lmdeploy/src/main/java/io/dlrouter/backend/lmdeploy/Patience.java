package io.dlrouter.backend.lmdeploy;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long and how often it is tried to link two engines.
 *
 * @param call the longest that one call of a handshake takes
 * @param total the longest that somebody waits for a link, all attempts and gaps together
 * @param attempts how many handshakes are tried
 * @param firstGap the longest between the first and the second; it doubles from one to the next
 * @param longestGap the longest that it becomes
 * @param drop the longest that a call to drop a link takes
 * @param use the longest that a link which has ended is left to those who use it
 */
record Patience(
        Duration call,
        Duration total,
        int attempts,
        Duration firstGap,
        Duration longestGap,
        Duration drop,
        Duration use) {
    static final Patience DEFAULT = new Patience(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            8,
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            Duration.ofSeconds(2),
            Duration.ofSeconds(15));

    private static final double SHORTEST_PART = 0.75;

    /** The gap after an attempt, by its number from 1: by chance up to a quarter shorter, so that pairs part. */
    Duration gapAfter(int attempt) {
        Duration doubled = firstGap.multipliedBy(1L << (attempt - 1));
        Duration longest = doubled.compareTo(longestGap) < 0 ? doubled : longestGap;
        return Duration.ofNanos(
                (long) (longest.toNanos() * ThreadLocalRandom.current().nextDouble(SHORTEST_PART, 1)));
    }
}
