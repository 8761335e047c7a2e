package io.dlrouter.core;

import static io.dlrouter.core.FakeEngine.empty;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NodeTerminationTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeEngine engine = fleet.engine();

    @Test
    void terminate_engineAgrees_takesTheNodeOut() {
        FakeEngine other = fleet.engine();
        Router router = fleet.router(TestFleet.over(engine.node(), other.node()).backendApiKey("node-key"));

        assertThat(router.nodes().terminate(engine.node().address())).isTrue();

        assertThat(router.nodes().all()).extracting(node -> node.spec()).containsExactly(other.node());
        assertThat(terminationOf(engine).getHeaders().get("Authorization")).isEqualTo("Bearer node-key");
        assertThat(other.probesOf("/terminate")).isZero();
    }

    private static RecordedRequest terminationOf(FakeEngine engine) {
        RecordedRequest probe = engine.probe();
        while (!probe.getTarget().equals("/terminate")) {
            probe = engine.probe();
        }
        return probe;
    }

    @Test
    void terminate_oneRankOfAnEngine_takesAllItsRanksOut() {
        FakeEngine other = fleet.engine();
        Router router = fleet.router(rank(0), other.node(), rank(1));

        assertThat(router.nodes().terminate(rank(1).address())).isTrue();

        assertThat(router.nodes().all()).extracting(node -> node.spec()).containsExactly(other.node());
        assertThat(engine.probesOf("/terminate")).isOne();
    }

    private NodeSpec rank(int number) {
        return NodeSpec.of(PlainBackend.NAME, engine.url() + "@" + number).withModels(FakeEngine.MODEL);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 400, 404, 500})
    void terminate_engineRefuses_staysRegistered(int status) {
        engine.terminate(empty(status));
        Router router = fleet.router(rank(0), rank(1));

        assertThatExceptionOfType(BadNodeResponseException.class)
                .isThrownBy(() -> router.nodes().terminate(rank(0).address()))
                .withMessageContaining(engine.url())
                .withMessageContaining("status " + status)
                .satisfies(refusal -> assertThat(refusal.status()).isEqualTo(502));
        assertThat(router.nodes().all()).hasSize(2);
    }

    @Test
    void terminate_engineDoesNotRespond_staysRegistered() {
        NodeSpec refusing = TestFleet.refusing();
        Router router = fleet.router(refusing);

        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.nodes().terminate(refusing.address()))
                .withMessageContaining(refusing.address().toString())
                .satisfies(failure -> assertThat(failure.status()).isEqualTo(502));
        assertThat(router.nodes().all()).hasSize(1);
    }

    @Test
    void terminate_unknownAddress_isFalse() {
        assertThat(fleet.router(engine.node()).nodes().terminate(NodeAddress.parse("http://a:1")))
                .isFalse();
    }
}
