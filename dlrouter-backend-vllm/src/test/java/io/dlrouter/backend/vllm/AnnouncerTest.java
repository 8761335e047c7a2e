package io.dlrouter.backend.vllm;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AnnouncerTest {
    private final LogLines log = new LogLines();
    private final Announcements nodes = new Announcements();
    private final Announcer announcer = new Announcer(nodes, VllmOptions.of(Map.of()), 0);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void hear_sameBytesAgain_announcesWhatItReadBefore() throws Exception {
        hear(Packed.heartbeat("P", "p:8000", "p:1"));
        hear(Packed.heartbeat("P", "p:8000", "p:1"));

        NodeSpec first = nodes.next().node();
        assertThat(nodes.next().node()).isSameAs(first);
    }

    @Test
    void hear_moreThanAThousandPayloadsLater_readsAgain() throws Exception {
        hear(Packed.heartbeat("P", "p:8000", "p:1"));
        NodeSpec first = nodes.next().node();
        for (int port = 1; port <= 1_001; port++) {
            hear(Packed.heartbeat("P", "q:" + port, ""));
            nodes.next();
        }
        hear(Packed.heartbeat("P", "p:8000", "p:1"));

        assertThat(nodes.next().node()).isEqualTo(first).isNotSameAs(first);
    }

    @Test
    void hear_noHeartbeat_namesThePeerAndTheReason() {
        hear("junk".getBytes(US_ASCII));

        assertThat(log.drain())
                .singleElement()
                .asString()
                .startsWith("WARN Heartbeat of 10.0.0.1:21001 ignored: it is not one MessagePack map");
    }

    @Test
    void hear_identityAlone_isWarnedOf() {
        announcer.hear(List.of(new byte[] {0, 1, 2, 3, 4}), 0);

        assertThat(log.drain()).containsExactly("WARN Heartbeat of ????? ignored: 0 frames (expected: 1)");
    }

    @Test
    void hear_tableRefuses_isSaidOnceAndSurvived() throws Exception {
        nodes.refuse();
        hear(Packed.heartbeat("P", "p:8000", ""));
        hear(Packed.heartbeat("P", "p:8000", ""));
        assertThat(log.drain())
                .containsExactly("WARN Heartbeat of 10.0.0.1:21001 ignored: its node could not be"
                        + " announced: java.lang.IllegalStateException: nothing is taken");

        nodes.accept();
        hear(Packed.heartbeat("P", "p:8000", ""));
        assertThat(nodes.next().node().address().toString()).isEqualTo("http://p:8000");
    }

    private void hear(byte[] payload) {
        announcer.hear(List.of("10.0.0.1:21001".getBytes(US_ASCII), payload), 0);
    }
}
