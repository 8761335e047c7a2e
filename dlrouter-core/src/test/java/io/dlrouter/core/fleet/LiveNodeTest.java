package io.dlrouter.core.fleet;

import static io.dlrouter.core.fleet.Nodes.node;
import static io.dlrouter.core.fleet.Nodes.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.dlrouter.core.Logged;
import io.dlrouter.core.PlainBackend;
import io.dlrouter.testkit.FakeClock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LiveNodeTest {
    private static final ModelCard REPORTED = new ModelCard(
            "m", OptionalLong.of(1), Optional.of("vllm"), Optional.empty(), Optional.empty(), OptionalLong.of(4096));

    @Test
    void state_modelsNotKnown_isStarting() {
        LiveNode node = node("a");

        assertThat(node.state()).isEqualTo(NodeState.STARTING);
        node.report(List.of(REPORTED));
        assertThat(node.state()).isEqualTo(NodeState.READY);
    }

    @Test
    void state_severalReasons_saysTheOneThatWeighsMost() {
        LiveNode node = node("a", "m");

        node.waiting(true);
        assertThat(node.state()).isEqualTo(NodeState.STARTING);
        node.eject("test");
        assertThat(node.state()).isEqualTo(NodeState.EJECTED);
        node.drain();
        assertThat(node.state()).isEqualTo(NodeState.DRAINING);
    }

    @Test
    void report_registeredModels_standAndGetWhatIsKnownOfThem() {
        LiveNode node = node("a", "m", "alias");

        node.report(List.of(ModelCard.named("other"), REPORTED));

        assertThat(node.models()).containsExactly(REPORTED, ModelCard.named("alias"));
        assertThat(node.serves("other")).isFalse();
    }

    @Test
    void report_noRegisteredModels_areThoseOfTheNode() {
        LiveNode node = node("a");

        node.report(List.of(ModelCard.named("x"), REPORTED));
        node.report(List.of(REPORTED));

        assertThat(node.models()).containsExactly(REPORTED);
    }

    @Test
    void report_registeredModelsAreNotAmongIt_isWarnedOfOnce() {
        LiveNode node = node("a", "m", "alias");

        assertThat(Logged.by(LiveNode.class, () -> {
                    node.report(List.of(REPORTED));
                    node.report(List.of(REPORTED));
                }))
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage()).contains("[alias] (reported: [m])"));
        assertThat(node.state()).isEqualTo(NodeState.READY);
    }

    @Test
    void describe_otherwiseThanConfigured_isSaidOnce() {
        LiveNode node =
                new LiveNode(spec("a", "m").withDpSize(2), new PlainBackend(), Origin.REGISTERED, new FakeClock());

        assertThat(Logged.by(LiveNode.class, () -> {
                    node.describe(Optional.of("4"));
                    node.describe(Optional.of("4"));
                }))
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage())
                        .endsWith("reports dp_size 4 (configured: 2); the reported value is used"));
        assertThat(node.spec().dpSize()).hasValue(4);
    }

    @Test
    void renew_newDescription_keepsTheCounts() {
        LiveNode node = node("a", "m");
        node.acquire();
        node.responded(2);

        node.renew(spec("a", "n").withSpeed(3), Origin.REGISTERED);

        assertThat(node.spec().speed()).hasValue(3);
        assertThat(node.models()).containsExactly(ModelCard.named("n"));
        assertThat(node.inFlight()).isOne();
        assertThat(node.latency()).hasValue(2);
    }

    @Test
    void renew_noModelsNamed_keepsThoseThatWereReported() {
        LiveNode node = node("a");
        node.report(List.of(REPORTED));

        node.renew(spec("a"), Origin.REGISTERED);

        assertThat(node.models()).containsExactly(REPORTED);
    }

    @Test
    void renew_ejectedOrDraining_isRoutableAgain() {
        LiveNode node = node("a", "m");
        node.eject("test");
        node.drain();

        node.renew(spec("a", "m"), Origin.REGISTERED);

        assertThat(node.state()).isEqualTo(NodeState.READY);
    }

    @Test
    void release_eachPlace_saysWhetherItWasTheLast() {
        LiveNode node = node("a", "m");
        node.acquire();
        node.acquire();

        assertThat(node.release()).isFalse();
        assertThat(node.release()).isTrue();
    }

    @Test
    void status_now_isASnapshot() {
        LiveNode node = node("a", "m");
        node.responded(1);
        node.responded(0.5);
        node.acquire();

        NodeStatus status = node.status();
        node.acquire();

        assertThat(status)
                .isEqualTo(NodeStatus.builder()
                        .spec(spec("a", "m"))
                        .state(NodeState.READY)
                        .models(List.of(ModelCard.named("m")))
                        .inFlight(1)
                        .latencies(List.of(1.0, 0.5))
                        .build());
    }
}
