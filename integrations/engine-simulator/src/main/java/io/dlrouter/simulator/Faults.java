package io.dlrouter.simulator;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The faults that are to happen. For each request the oldest one that applies does. */
final class Faults {
    private final List<Armed> armed = new CopyOnWriteArrayList<>();

    void add(Fault fault) {
        armed.add(new Armed(fault, new AtomicInteger(fault.times())));
    }

    void clear() {
        armed.clear();
    }

    /** Uses up one time of the fault that is to happen to this request, {@link Fault#NONE} when there is none. */
    Fault take(RecordedRequest request) {
        for (Armed candidate : armed) {
            if (candidate.fault().appliesTo(request) && candidate.claim()) {
                return candidate.fault();
            }
        }
        return Fault.NONE;
    }

    private record Armed(Fault fault, AtomicInteger left) {
        boolean claim() {
            return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
        }
    }
}
