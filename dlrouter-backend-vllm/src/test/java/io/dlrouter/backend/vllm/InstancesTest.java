package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InstancesTest {
    private static final NodeSpec NODE =
            NodeSpec.of("vllm", "http://p:8000").withRole(Role.PREFILL).withZmqAddress("p:21001");
    private static final String OVERDUE = "WARN http://p:8000 (PREFILL with KV transfer at p:21001) has sent no"
            + " heartbeat for 5.0 s; after 90.0 s it is taken out unless a health probe passes";
    private static final long START = Long.MAX_VALUE - 5;

    private final LogLines log = new LogLines();
    private final Instances instances = new Instances(Duration.ofSeconds(5), Duration.ofSeconds(90), START);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void check_heartbeatsInTime_saysNothing() {
        for (int second = 0; second < 200; second++) {
            if (second % 3 == 0) {
                instances.heard(NODE, at(second));
            }
            instances.check(at(second));
        }

        assertThat(log.drain()).isEmpty();
    }

    @Test
    void check_heartbeatOverdue_warnsOnceUntilItIsBack() {
        instances.heard(NODE, at(0));
        instances.check(at(4.9));
        assertThat(log.drain()).isEmpty();
        instances.check(at(5));
        instances.check(at(6));
        assertThat(log.drain()).containsExactly(OVERDUE);

        instances.heard(NODE, at(7));
        instances.check(at(11));
        assertThat(log.drain()).containsExactly("INFO http://p:8000 sends heartbeats again");
        instances.check(at(12));
        assertThat(log.drain()).containsExactly(OVERDUE);
    }

    @Test
    void check_silentForALifetime_forgetsIt() {
        instances.heard(NODE, at(0));
        instances.check(at(5));
        instances.check(at(90));
        log.drain();
        instances.heard(NODE, at(91));

        assertThat(log.drain()).isEmpty();
    }

    @Test
    void heard_otherZmqAddress_saysIt() {
        instances.heard(NODE, at(0));
        instances.heard(NODE.withZmqAddress("p:9"), at(1));
        instances.heard(NODE.withZmqAddress("p:9"), at(2));

        assertThat(log.drain())
                .containsExactly("INFO http://p:8000 was PREFILL with KV transfer at p:21001"
                        + " and is now PREFILL with KV transfer at p:9");
    }

    private static long at(double second) {
        return START + (long) (second * TimeUnit.SECONDS.toNanos(1));
    }
}
