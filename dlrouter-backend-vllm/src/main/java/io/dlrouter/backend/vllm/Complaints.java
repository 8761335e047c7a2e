package io.dlrouter.backend.vllm;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong with heartbeats, said at WARN once a minute for each peer and then with the number of complaints that
 * were left unsaid. Peers beyond the first hundred of a minute share one such line. Used by one thread.
 */
final class Complaints {
    private static final Logger LOG = LoggerFactory.getLogger(Complaints.class);
    private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);
    private static final int MAX_PEERS = 100;
    private static final int LONGEST_SHOWN = 200;
    private static final String OTHERS = "";

    private final Map<String, Said> saidOf = new HashMap<>();

    private static final class Said {
        private final long end;
        private int unsaid;

        Said(long now) {
            end = now + INTERVAL;
        }

        boolean isOver(long now) {
            return now - end >= 0;
        }
    }

    /**
     * Complains of a peer, unless it was complained of within a minute.
     *
     * @param now in nanoseconds of one clock
     */
    void add(String peer, String reason, long now) {
        String key = key(printable(peer), now);
        Said last = saidOf.get(key);
        if (last != null && !last.isOver(now)) {
            last.unsaid++;
            return;
        }
        saidOf.put(key, new Said(now));
        LOG.warn(
                "Heartbeat of {} ignored: {}{}",
                printable(peer),
                printable(reason),
                last == null || last.unsaid == 0 ? "" : "; so were " + last.unsaid + " before");
    }

    private String key(String peer, long now) {
        if (saidOf.size() >= MAX_PEERS && !saidOf.containsKey(peer)) {
            saidOf.values().removeIf(said -> said.isOver(now));
        }
        return saidOf.size() < MAX_PEERS || saidOf.containsKey(peer) ? peer : OTHERS;
    }

    /** Of bounded length, and without what would break a line of the log. */
    private static String printable(String text) {
        StringBuilder shown = new StringBuilder();
        text.chars().limit(LONGEST_SHOWN).forEach(c -> shown.append(c < ' ' || c > '~' ? '?' : (char) c));
        return shown.append(text.length() > LONGEST_SHOWN ? "..." : "").toString();
    }
}
