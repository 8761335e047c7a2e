package io.dlrouter.replay;

import java.util.List;

/**
 * What came of a trace with one strategy. Two runs with equal seeds have equal ones.
 *
 * @param hits which part of all blocks was cached when its prompt was read
 * @param firstBytes the times to first token, in seconds
 * @param busy for how long the busiest engine read, over the mean
 * @param requests how many requests that engine got that got most, over the mean
 * @param joined the requests of each engine that joined, over the mean since then
 */
record Figures(double hits, Distribution firstBytes, double busy, double requests, List<Double> joined) {
    Figures {
        joined = List.copyOf(joined);
    }
}
