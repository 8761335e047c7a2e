package io.dlrouter.micrometer;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

/** The bounds of the histograms, selected for the latencies of language models. */
final class HistogramBuckets {
    /** From one chunk of a stream to the next: a token of a small model, up to a stream that hangs. */
    static final List<Duration> BETWEEN_CHUNKS =
            millis(1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_500, 5_000);

    /** Until a first byte: a short prompt in the cache, up to a long one behind others. */
    static final List<Duration> FIRST_BYTE = millis(
            5, 10, 25, 50, 100, 200, 300, 500, 750, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000,
            120_000);

    /** A request from its beginning to its end: an embedding, up to a long chain of thought. */
    static final List<Duration> REQUEST = millis(
            10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000,
            1_800_000);

    /** In the admission queue, or between two legs. */
    static final List<Duration> WAIT =
            millis(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);

    private HistogramBuckets() {}

    private static List<Duration> millis(long... bounds) {
        return LongStream.of(bounds).mapToObj(Duration::ofMillis).toList();
    }
}
