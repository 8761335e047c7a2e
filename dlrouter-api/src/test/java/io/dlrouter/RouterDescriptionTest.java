package io.dlrouter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RouterDescriptionTest {

    @Test
    void toString_hybridWithoutLimits_isShort() {
        RouterDescription router = RouterDescription.builder()
                .backends(List.of("vllm"))
                .strategies(Map.of(Role.HYBRID, "Round_Robin"))
                .build();

        assertThat(router.prefillDecode()).isFalse();
        assertThat(router).hasToString("hybrid, backend vllm, strategy Round_Robin, nodes: none");
    }

    @Test
    void toString_allThereIs_isInOrder() {
        RouterDescription router = RouterDescription.builder()
                .backends(List.of("vllm", "sglang"))
                .strategies(Map.of(Role.DECODE, "random", Role.PREFILL, "round_robin"))
                .maxInFlight(OptionalInt.of(64))
                .queueSize(100)
                .nodes(Map.of(NodeState.EJECTED, 1, NodeState.READY, 3))
                .build();

        assertThat(router.prefillDecode()).isTrue();
        assertThat(router)
                .hasToString("distserve, backend vllm and sglang, strategy round_robin for prefill, random for decode,"
                        + " 64 requests a node, 100 may wait, nodes: 3 ready, 1 ejected");
    }

    @Test
    void toString_oneStrategyForBothRoles_isNamedOnce() {
        RouterDescription router = RouterDescription.builder()
                .backends(List.of("sglang"))
                .strategies(Map.of(Role.DECODE, "random", Role.PREFILL, "random"))
                .build();

        assertThat(router).hasToString("distserve, backend sglang, strategy random, nodes: none");
    }
}
