package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Role;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests and nodes that do not fit a Prefill/Decode fleet of LMDeploy: docs/lmdeploy-protocol.md, 39 and 40. */
final class LmdeployScopeTest extends LmdeployFleetCase {
    private static final String COMPLETIONS = "/v1/completions";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/chat/completions | {\"n\":2,\"model\":\"demo\",\"messages\":[]}                 | n",
                "/v1/completions      | {\"n\":2,\"model\":\"demo\",\"prompt\":\"a\"}                | n",
                "/v1/completions      | {\"best_of\":2,\"model\":\"demo\",\"prompt\":\"a\"}          | best_of",
                "/v1/completions      | {\"model\":\"demo\",\"prompt\":[\"a\",\"b\"]}                | prompt",
                "/v1/completions      | {\"model\":\"demo\",\"prompt\":[]}                           | prompt",
            })
    void prefillDecode_severalSequences_responds400(String path, String body, String member) {
        fleet.prefill();
        fleet.decode();

        Reply reply = fleet.post(path, body);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.param()).isEqualTo(member);
        assertThat(fleet.prefills.get(0).requests(path)).isEmpty();
        assertThat(fleet.decodes.get(0).requests(path)).isEmpty();
        assertThat(linkCalls()).isEmpty();
    }

    @Test
    void prefillDecode_listOfOnePrompt_sendsThePrompt() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();

        assertThat(fleet.post(COMPLETIONS, "{\"model\":\"demo\",\"prompt\":[\"one two\"]}")
                        .status())
                .isEqualTo(200);

        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(json(only(engine, COMPLETIONS)).get("prompt")).isEqualTo("one two");
        }
    }

    @Test
    void prefillDecode_hybridNodePresent_sendsItNothing() {
        fleet.prefill();
        fleet.decode();
        try (SimulatedEngine hybrid = fleet.engine().start()) {
            fleet.router.nodes().add(LmdeployFleet.node(hybrid, Role.HYBRID));
            assertThat(fleet.knows(hybrid)).isTrue();

            for (int i = 0; i < 4; i++) {
                assertThat(fleet.post(CHAT).status()).isEqualTo(200);
            }

            assertThat(hybrid.requests(ROUTE)).isEmpty();
            assertThat(hybrid.violations()).isEmpty();
        }
    }
}
