package io.dlrouter.core.fleet;

import io.dlrouter.core.observe.ListenerDispatcher;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the requests that nodes count as in flight with the leases that are held. The two change one after the other
 * and may differ for a moment; a difference that persists is a defect of the router, and is logged.
 */
public final class InFlightAudit {
    private static final Logger LOG = LoggerFactory.getLogger(InFlightAudit.class);
    static final int TIMES = 5;
    private static final int GLANCES = 10;

    private final ListenerDispatcher listeners;
    private final AtomicInteger held = new AtomicInteger();
    /** Nodes with leases now or earlier; they may have left the table. */
    private final Set<LiveNode> used = ConcurrentHashMap.newKeySet();

    private int inARow;
    private int reported;

    public InFlightAudit(ListenerDispatcher listeners) {
        this.listeners = listeners;
    }

    void held(LiveNode node) {
        held.incrementAndGet();
        if (!used.contains(node)) { // which takes no lock
            used.add(node);
        }
    }

    void released() {
        held.decrementAndGet();
    }

    /** Called periodically by one thread. */
    void compare(Collection<LiveNode> nodes) {
        used.removeIf(node -> node.isGone() && node.inFlight() == 0);
        for (int glance = 1; glance <= GLANCES; glance++) {
            int fleet = held.get();
            int counted = counted(nodes);
            if (counted == fleet) {
                inARow = 0;
                report(counted, fleet);
                return;
            }
            if (glance == GLANCES && ++inARow >= TIMES) {
                report(counted, fleet);
            }
        }
    }

    private int counted(Collection<LiveNode> nodes) {
        return Stream.concat(nodes.stream(), used.stream())
                .distinct()
                .mapToInt(LiveNode::inFlight)
                .sum();
    }

    private void report(int counted, int fleet) {
        int difference = counted - fleet;
        if (difference == reported) {
            return;
        }
        reported = difference;
        listeners.countsDiffer(counted, fleet);
        if (difference != 0) {
            LOG.error(
                    "In-flight counts differ: {} requests counted, {} leases held (expected: equal). Node selection is"
                            + " inaccurate until a restart; please report this",
                    counted,
                    fleet);
        }
    }
}
