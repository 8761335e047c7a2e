package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ComplaintsTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
    private static final long NOW = Long.MAX_VALUE - 5;

    private final LogLines log = new LogLines();
    private final Complaints complaints = new Complaints();

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void add_first_isSaid() {
        complaints.add("engine", "no map", NOW);

        assertThat(log.drain()).containsExactly("WARN Heartbeat of engine ignored: no map");
    }

    @Test
    void add_againWithinAMinute_isCountedAndSaidWithTheNext() {
        complaints.add("engine", "no map", NOW);
        complaints.add("engine", "no map", NOW + 1);
        complaints.add("engine", "no type", NOW + MINUTE - 1);
        assertThat(log.drain()).hasSize(1);

        complaints.add("engine", "no map", NOW + MINUTE);
        complaints.add("engine", "no map", NOW + 2 * MINUTE);

        assertThat(log.drain())
                .containsExactly(
                        "WARN Heartbeat of engine ignored: no map; so were 2 before",
                        "WARN Heartbeat of engine ignored: no map");
    }

    @Test
    void add_otherPeer_isSaid() {
        complaints.add("one", "no map", NOW);
        complaints.add("other", "no map", NOW);

        assertThat(log.drain()).hasSize(2);
    }

    @Test
    void add_floodOfPeers_isSaidOfTheFirstAndOnceOfTheRest() {
        for (int i = 0; i < 10_000; i++) {
            complaints.add("peer " + i, "no map", NOW);
        }

        assertThat(log.drain()).hasSize(101).last().isEqualTo("WARN Heartbeat of peer 100 ignored: no map");
    }

    @Test
    void add_peerAfterTheFloodIsOver_isSaid() {
        for (int i = 0; i < 10_000; i++) {
            complaints.add("peer " + i, "no map", NOW);
        }
        log.drain();
        complaints.add("late", "no map", NOW + MINUTE);

        assertThat(log.drain()).containsExactly("WARN Heartbeat of late ignored: no map");
    }

    @Test
    void add_unprintableOrLong_staysOneBoundedLine() {
        complaints.add("a\nb\0" + "i".repeat(1_000), "größe\r\n" + "r".repeat(1_000), NOW);

        assertThat(log.drain())
                .containsExactly(
                        "WARN Heartbeat of a?b?" + "i".repeat(196) + "... ignored: gr??e??" + "r".repeat(193) + "...");
    }
}
