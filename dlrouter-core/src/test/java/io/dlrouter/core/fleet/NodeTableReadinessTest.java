package io.dlrouter.core.fleet;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.fleet.Nodes.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When a model that needs a node of each of two roles could be served. */
class NodeTableReadinessTest {
    private static final Set<Role> BOTH = Set.of(PREFILL, DECODE);

    @Test
    void notReady_nodesOfBothRoles_isEmpty() {
        assertThat(table(node("a", PREFILL, "m"), node("b", DECODE, "m")).notReady(BOTH))
                .isEmpty();
    }

    @Test
    void notReady_oneOfSeveralModelsHasBoth_isEmpty() {
        assertThat(table(node("a", PREFILL, "m", "n"), node("b", DECODE, "x", "n"))
                        .notReady(BOTH))
                .isEmpty();
    }

    @Test
    void notReady_oneRoleMissing_saysWhatIsNeededAndWhatThereIs() {
        assertThat(table(node("a", PREFILL, "m")).notReady(BOTH))
                .hasValue("no model has a PREFILL and a DECODE node that is ready: 1 PREFILL READY");
        assertThat(table(node("a", DECODE, "m")).notReady(BOTH))
                .hasValue("no model has a PREFILL and a DECODE node that is ready: 1 DECODE READY");
    }

    @Test
    void notReady_rolesServeDifferentModels_isNot() {
        assertThat(table(node("a", PREFILL, "m"), node("b", DECODE, "n")).notReady(BOTH))
                .isPresent();
    }

    @Test
    void notReady_onlyNodeOfARoleIsEjected_isNot() {
        LiveNode decode = node("b", DECODE, "m");
        NodeTable table = table(node("a", PREFILL, "m"), decode);

        table.update(List.of(decode), "test", node -> node.eject("test"));

        assertThat(table.notReady(BOTH))
                .hasValueSatisfying(reason -> assertThat(reason).endsWith(": 1 PREFILL READY, 1 DECODE EJECTED"));
    }

    @Test
    void notReady_hybridNodeAlone_isNot() {
        assertThat(table(node("a", Role.HYBRID, "m")).notReady(BOTH)).isPresent();
        assertThat(table(node("a", PREFILL, "m"), node("b", DECODE, "m")).notReady(Set.of(Role.HYBRID)))
                .isPresent();
    }

    @Test
    void notReady_noNode_saysSo() {
        assertThat(table().notReady(BOTH)).hasValue("no node is registered");
    }

    private static LiveNode node(String host, Role role, String... models) {
        return Nodes.node(Nodes.spec(host, models).withRole(role));
    }
}
