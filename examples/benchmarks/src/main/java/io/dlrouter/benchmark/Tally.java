package io.dlrouter.benchmark;

import java.time.Duration;
import java.util.Collection;
import java.util.List;

/**
 * How long the requests of some time took, and how much CPU all of them.
 *
 * @param nanos the time of each, the shortest first
 */
record Tally(List<Long> nanos, Duration cpu) {
    Tally {
        nanos = nanos.stream().sorted().toList();
    }

    static Tally of(Collection<Tally> parts) {
        return new Tally(
                parts.stream().flatMap(part -> part.nanos.stream()).toList(),
                parts.stream().map(Tally::cpu).reduce(Duration.ZERO, Duration::plus));
    }

    int requests() {
        return nanos.size();
    }

    /** The CPU time of one request, in microseconds. */
    double cpuMicros() {
        return cpu.toNanos() / 1e3 / nanos.size();
    }

    /** The time that so many per cent of the requests took at most, in milliseconds. */
    double millis(int percent) {
        return nanos.get((int) ((nanos.size() - 1L) * percent / 100)) / 1e6;
    }
}
