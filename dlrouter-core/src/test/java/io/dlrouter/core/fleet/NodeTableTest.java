package io.dlrouter.core.fleet;

import static io.dlrouter.core.fleet.Nodes.fleet;
import static io.dlrouter.core.fleet.Nodes.node;
import static io.dlrouter.core.fleet.Nodes.requestFor;
import static io.dlrouter.core.fleet.Nodes.spec;
import static io.dlrouter.core.fleet.Nodes.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.ModelCard;
import io.dlrouter.ModelNotFoundException;
import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.NodeState;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Role;
import io.dlrouter.core.observe.AttemptResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeTableTest {
    private static final AttemptResult UNREACHABLE = AttemptResult.of(new NodeUnreachableException("no connection"));

    @Test
    void lease_readyNode_isCountedAndTakenInTurns() {
        LiveNode a = node("a", "m");
        LiveNode b = node("b", "m", "n");
        NodeTable table = table(a, b, node("c", "n"));

        assertThat(leased(table, "m", 4)).containsExactly(a, b, a, b);
        assertThat(a.inFlight()).isEqualTo(2);
    }

    @Test
    void lease_eachModel_hasAStrategyOfItsOwn() {
        LiveNode a = node("a", "m", "n");
        LiveNode b = node("b", "m", "n");
        NodeTable table = table(a, b);

        assertThat(leased(table, "m", 1)).containsExactly(a);
        assertThat(leased(table, "n", 1)).containsExactly(a);
    }

    @Test
    void lease_membershipChanges_keepsTheStrategysState() {
        LiveNode a = node("a", "m");
        LiveNode b = node("b", "m");
        LiveNode c = node("c", "m");
        NodeTable table = table(a, b);
        leased(table, "m", 1);

        table.change(nodes -> nodes.put(c.spec().address(), c));

        assertThat(leased(table, "m", 3)).containsExactly(b, c, a);
    }

    @Test
    void lease_unknownModel_isNotFound() {
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> fleet(table(node("a", "m"))).lease(requestFor("x"), Set.of(), 1))
                .withMessage("The model 'x' does not exist.");
    }

    @Test
    void lease_modelsOfANodeNotKnownYet_isNotAvailable() {
        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> fleet(table(node("a", "m"), node("b"))).lease(requestFor("x"), Set.of(), 1))
                .withMessageContaining("'x'")
                .withMessageContaining("1 HYBRID STARTING");
    }

    @Test
    void lease_noNodeRegistered_isNotAvailable() {
        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> fleet(table()).lease(requestFor("x"), Set.of(), 1))
                .withMessage("No node is registered that could serve the model 'x'.");
    }

    @Test
    void lease_lastNodeRemoved_isNotAvailable() {
        LiveNode last = node("a", "m");
        NodeTable table = table(last);
        table.remove(last);

        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> fleet(table).lease(requestFor("m"), Set.of(), 1));
    }

    @Test
    void lease_noNodeEverResponded_isNotAvailable() {
        LiveNode booting = node("a");
        NodeTable table = table(booting);
        table.update(List.of(booting), "test", node -> node.eject("test"));

        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> fleet(table).lease(requestFor("x"), Set.of(), 1))
                .withMessageContaining("1 HYBRID EJECTED");
    }

    @Test
    void lease_oneNodeNeverResponded_modelsAreThoseOfTheOthers() {
        LiveNode dead = node("a");
        NodeTable table = table(dead, node("b", "m"));
        table.update(List.of(dead), "test", node -> node.eject("test"));

        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> fleet(table).lease(requestFor("x"), Set.of(), 1));
    }

    @Test
    void lease_noNodeOfTheModelRoutable_saysHowTheyStand() {
        LiveNode ejected = node("a", "m");
        LiveNode draining = node("b", "m");
        LiveNode waiting = node("c", "m");
        LiveNode prefill = node(spec("d", "m").withRole(Role.PREFILL));
        NodeTable table = table(ejected, draining, waiting, prefill);
        table.update(List.of(ejected), "test", node -> node.eject("test"));
        table.update(List.of(draining), "test", LiveNode::drain);
        table.update(List.of(waiting), "test", node -> node.waiting(true));

        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> fleet(table).lease(requestFor("m"), Set.of(), 1))
                .withMessageContaining("'m'")
                .withMessageContaining("1 HYBRID EJECTED, 1 HYBRID DRAINING, 1 HYBRID STARTING, 1 PREFILL READY");
    }

    @Test
    void onlyModel_oneModel_isIt() {
        assertThat(table(node("a", "m"), node("b", "m"), node("c")).onlyModel()).isEqualTo("m");
    }

    @Test
    void onlyModel_several_isRefused() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> table(node("a", "n"), node("b", "m")).onlyModel())
                .withMessageContaining("m, n");
    }

    @Test
    void onlyModel_noneIsKnownYet_isUnavailable() {
        assertThatExceptionOfType(NoNodeAvailableException.class)
                .isThrownBy(() -> table(node("a")).onlyModel());
    }

    @Test
    void models_severalNodes_isOneCardAModelTheOneThatKnowsMost() {
        LiveNode reported = node("b", "m", "n");
        ModelCard full = new ModelCard(
                "m",
                OptionalLong.of(7),
                Optional.of("vllm"),
                Optional.of("/models/m"),
                Optional.empty(),
                OptionalLong.of(4096));
        reported.report(List.of(full));
        LiveNode gone = node("c", "x");
        gone.eject("test");

        assertThat(table(node("a", "m"), reported, gone).models()).containsExactly(full, ModelCard.named("n"));
    }

    @Test
    void notReady_noNode_saysSo() {
        assertThat(table().notReady(Set.of(Role.HYBRID))).hasValue("no node is registered");
    }

    @Test
    void notReady_onlyNodesThatTakeNoRequest_saysHowTheyStand() {
        assertThat(table(node("a"), node(spec("b", "m").withRole(Role.DECODE))).notReady(Set.of(Role.HYBRID)))
                .hasValueSatisfying(reason -> assertThat(reason).contains("1 HYBRID STARTING, 1 DECODE READY"));
    }

    @Test
    void notReady_oneNodeReady_isEmpty() {
        assertThat(table(node("a"), node("b", "m")).notReady(Set.of(Role.HYBRID)))
                .isEmpty();
    }

    @Test
    void failed_enoughInARow_ejects() {
        LiveNode a = node("a", "m");
        LiveNode b = node("b", "m");
        NodeTable table = table(a, b);

        table.recordFailure(a, UNREACHABLE);
        assertThat(a.state()).isEqualTo(NodeState.READY);
        table.recordFailure(a, UNREACHABLE);

        assertThat(a.state()).isEqualTo(NodeState.EJECTED);
        assertThat(leased(table, "m", 2)).containsExactly(b, b);
    }

    @Test
    void failed_aResponseInBetween_startsToCountAnew() {
        LiveNode a = node("a", "m");
        NodeTable table = table(a, node("b", "m"));

        table.recordFailure(a, UNREACHABLE);
        a.health().succeeded();
        table.recordFailure(a, UNREACHABLE);

        assertThat(a.state()).isEqualTo(NodeState.READY);
    }

    @Test
    void failed_lastNodeOfOneOfItsPools_isKept() {
        LiveNode a = node("a", "m", "n");
        NodeTable table = table(a, node("b", "m"));

        for (int i = 0; i < 5; i++) {
            table.recordFailure(a, UNREACHABLE);
        }

        assertThat(a.state()).isEqualTo(NodeState.READY);
    }

    @Test
    void failed_lastNodeGetsCompany_isEjectedByTheNextFailure() {
        LiveNode a = node("a", "m");
        LiveNode b = node("b", "m");
        NodeTable table = table(a);
        table.recordFailure(a, UNREACHABLE);
        table.recordFailure(a, UNREACHABLE);

        table.change(nodes -> nodes.put(b.spec().address(), b));
        table.recordFailure(a, UNREACHABLE);

        assertThat(a.state()).isEqualTo(NodeState.EJECTED);
    }

    @Test
    void failed_bothNodesAtOnce_neverEmptiesThePool() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        for (int round = 0; round < 500; round++) {
            LiveNode a = node("a", "m");
            LiveNode b = node("b", "m");
            NodeTable table = table(a, b);
            CyclicBarrier start = new CyclicBarrier(2);

            for (Future<?> failing : List.of(failing(threads, start, table, a), failing(threads, start, table, b))) {
                failing.get(30, TimeUnit.SECONDS);
            }

            assertThat(Stream.of(a, b).map(LiveNode::state)).containsOnlyOnce(NodeState.EJECTED);
        }
        threads.shutdown();
    }

    private static Future<?> failing(ExecutorService threads, CyclicBarrier start, NodeTable table, LiveNode node) {
        table.recordFailure(node, UNREACHABLE);
        return threads.submit(() -> {
            start.await();
            table.recordFailure(node, UNREACHABLE);
            return null;
        });
    }

    @Test
    void released_lastRequestOfADrainingNode_takesItOut() {
        LiveNode a = node("a", "m");
        NodeTable table = table(a);
        NodeLease first = fleet(table).lease(requestFor("m"), Set.of(), 1);
        NodeLease second = fleet(table).lease(requestFor("m"), Set.of(), 1);
        table.update(List.of(a), "test", LiveNode::drain);

        first.close();
        assertThat(table.find(a.spec().address())).hasValue(a);
        second.close();

        assertThat(table.find(a.spec().address())).isEmpty();
    }

    @Test
    void remove_nodeThatWasReplacedAtItsAddress_leavesTheOther() {
        LiveNode old = node("a", "m");
        LiveNode other = node("a", "m");
        NodeTable table = table(old);
        table.change(nodes -> nodes.put(other.spec().address(), other));

        table.remove(old);

        assertThat(table.nodes()).containsExactly(other);
    }

    private static List<LiveNode> leased(NodeTable table, String model, int times) {
        List<LiveNode> nodes = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            nodes.add(fleet(table).lease(requestFor(model), Set.of(), 1).liveNode());
        }
        return nodes;
    }
}
