package io.dlrouter.core.fleet;

import static io.dlrouter.core.fleet.Nodes.node;
import static io.dlrouter.core.fleet.Nodes.requestFor;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.core.Logged;
import io.dlrouter.spi.RouterListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InFlightAuditTest {
    private final List<List<Integer>> reports = new ArrayList<>();
    private final LiveNode node = node("a", "m");
    private final NodeTable table = Nodes.table(node);
    private final Fleet fleet = Nodes.fleet(table, new RouterListener() {
        @Override
        public void countsDiffer(int counted, int held) {
            reports.add(List.of(counted, held));
        }
    });

    @Test
    void audit_leasesGivenAndReleased_isInOrder() {
        NodeLease first = lease();
        try (NodeLease second = lease();
                NodeLease.Hold third = second.retain()) {
            assertThat(third.node()).isSameAs(node);
            first.close();
            audit(20);
        }
        audit(20);

        assertThat(reports).isEmpty();
    }

    @Test
    void audit_nodeLeftWithRequests_isInOrder() {
        try (NodeLease lease = lease()) {
            table.remove(lease.liveNode());
            audit(20);
        }
        audit(20);

        assertThat(reports).isEmpty();
    }

    @Test
    void audit_countDiffersForAMoment_isNothingToReport() {
        node.acquire();
        audit(InFlightAudit.TIMES - 1);
        node.release();
        audit(1);
        node.acquire();
        audit(InFlightAudit.TIMES - 1);
        node.release();
        audit(1);

        assertThat(reports).isEmpty();
    }

    @Test
    void audit_countDiffersForGood_isReportedOnceAndWhenItEnds() {
        List<ILoggingEvent> logged = Logged.by(InFlightAudit.class, () -> {
            node.acquire();
            audit(20);
            node.release();
            audit(1);
        });

        assertThat(logged).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.ERROR);
            assertThat(event.getFormattedMessage()).contains("1 requests counted", "0 leases held");
        });
        assertThat(reports).containsExactly(List.of(1, 0), List.of(0, 0));
    }

    private NodeLease lease() {
        return fleet.lease(requestFor("m"), Set.of(), 1);
    }

    private void audit(int times) {
        for (int i = 0; i < times; i++) {
            fleet.audit();
        }
    }
}
