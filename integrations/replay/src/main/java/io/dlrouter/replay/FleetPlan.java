package io.dlrouter.replay;

import java.time.Duration;
import java.util.List;

/**
 * Which engines there are, and what becomes of them. Engines are numbered from 0 on, those that join later after the
 * others. Times are those of the trace as it is replayed.
 *
 * @param engines how many there are from the beginning
 * @param joins when others join, each with an empty cache
 * @param restarts what each loses of its cache
 */
public record FleetPlan(int engines, List<Duration> joins, List<Restart> restarts) {
    private static final int MOST = 10_000;

    public FleetPlan {
        joins = joins.stream().sorted().toList();
        restarts = List.copyOf(restarts);
        if (engines < 1 || engines + joins.size() > MOST) {
            throw new IllegalArgumentException("engines: " + engines + " and " + joins.size()
                    + " to join (expected: 1 or more, and " + MOST + " in all at most)");
        }
        for (Restart restart : restarts) {
            checkIsThere(restart.engine, engines + joins.size());
        }
    }

    /**
     * An engine starts again: its cache is empty from then on. What it was given it still does.
     *
     * @param engine its number
     */
    public record Restart(int engine, Duration at) {}

    private static void checkIsThere(int engine, int all) {
        if (engine < 0 || engine >= all) {
            throw new IllegalArgumentException(
                    "restart: engine " + engine + " (expected: one of 0 to " + (all - 1) + ")");
        }
    }
}
