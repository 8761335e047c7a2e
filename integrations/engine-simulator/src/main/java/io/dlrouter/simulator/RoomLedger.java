package io.dlrouter.simulator;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The books of one engine about the rooms that its requests named. Safe for use by any thread. */
final class RoomLedger {
    private final Monitor monitor = new Monitor();
    private final Set<Long> used;
    private long met;
    private long leaked;
    private long waiting;
    private long ended;
    private long lost;

    /** Tells the latest so many rooms from new ones. */
    RoomLedger(int remembered) {
        used = Collections.newSetFromMap(new Remembered<>(remembered, room -> true));
    }

    /** Uses these rooms up; gives one that had been used before, if there is one. */
    Optional<Long> claim(List<Long> rooms) {
        return monitor.read(() -> rooms.stream().filter(room -> !used.add(room)).findFirst());
    }

    /** The same visit to a room, which is counted before the one that waits for what this returns is notified of its end. */
    CompletableFuture<Void> counted(CompletableFuture<Void> visit) {
        monitor.change(() -> waiting++);
        return visit.whenComplete((nothing, failure) -> monitor.change(() -> end(failure)));
    }

    RoomCounts counts() {
        return monitor.read(this::current);
    }

    /** Waits until the books are so; false when they were not in time. */
    boolean await(Predicate<RoomCounts> state, Duration timeout) {
        return monitor.await(() -> state.test(current()), timeout);
    }

    private void end(@Nullable Throwable failure) {
        waiting--;
        if (failure == null) {
            met++;
        } else if (failure instanceof ClientLeftException) {
            ended++;
        } else if (failure instanceof IOException) {
            lost++;
        } else {
            leaked++;
        }
    }

    private RoomCounts current() {
        return new RoomCounts(met, leaked, waiting, ended, lost);
    }
}
