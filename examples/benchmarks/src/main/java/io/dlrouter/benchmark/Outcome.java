package io.dlrouter.benchmark;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What became of one request.
 *
 * @param due when it was sent or, in an open loop, was to be sent, on the clock of {@link System#nanoTime}
 * @param nanos the time from then to its end
 * @param head the head of its response, empty if there was none
 * @param failure what broke, empty if nothing did
 */
record Outcome(long due, long nanos, boolean streamed, Ending ending, Optional<Head> head, String failure) {

    /** How it ended, in the words of a table. */
    String text() {
        return switch (ending) {
            case REFUSED -> head.map(Head::text).orElse("");
            case UNANSWERED, TORN -> ending + ": " + failure;
            default -> ending.toString();
        };
    }

    /** The name of the engine that answered, empty if none did. */
    String engine() {
        return header("x-engine").orElse("");
    }

    Optional<String> header(String name) {
        return head.flatMap(answer -> answer.header(name));
    }

    boolean is(Ending expected) {
        return ending == expected;
    }

    static long count(Collection<Outcome> outcomes, Predicate<Outcome> which) {
        return outcomes.stream().filter(which).count();
    }

    static Map<String, Long> texts(Collection<Outcome> outcomes) {
        return outcomes.stream().collect(Collectors.groupingBy(Outcome::text, TreeMap::new, Collectors.counting()));
    }

    /** The time that so many per cent of these took at most, in milliseconds; the longest for 100. */
    static double percentile(Collection<Outcome> outcomes, Predicate<Outcome> which, int percent) {
        long[] sorted = outcomes.stream()
                .filter(which)
                .mapToLong(Outcome::nanos)
                .sorted()
                .toArray();
        return sorted.length == 0 ? 0 : sorted[(int) ((sorted.length - 1L) * percent / 100)] / 1e6;
    }

    static String millis(Collection<Outcome> outcomes, Predicate<Outcome> which) {
        return "%.1f / %.1f / %.1f"
                .formatted(
                        percentile(outcomes, which, 50),
                        percentile(outcomes, which, 99),
                        percentile(outcomes, which, 100));
    }

    boolean sentWithin(long begin, Duration time) {
        return due >= begin && due - begin < time.toNanos();
    }
}
