package io.dlrouter.backend.lmdeploy;

import static io.dlrouter.backend.lmdeploy.LmdeployFleet.CHAT;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.ROUTE;
import static io.dlrouter.backend.lmdeploy.LmdeployFleet.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.InferenceRequest;
import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Requests to an LMDeploy prefill/decode fleet and the response to the client: docs/lmdeploy-protocol.md, 14 to 24. */
final class LmdeployPrefillDecodeTest extends LmdeployFleetCase {
    private static final String HEADER = "x-lmdeploy-distserve-proxy";

    /** All that prefill gets otherwise than the client sent it, beside what is of the prompt. */
    private static final String MUCH =
            "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"demo\","
                    + "\"max_tokens\":3,\"session_id\":7,\"logprobs\":true,\"top_logprobs\":2,\"min_new_tokens\":2,\"n\":1,"
                    + "\"seed\":9007199254740993,\"temperature\":0.70,\"later\":{\"x\":[1.0,null]},"
                    + "\"chat_template_kwargs\":{\"enable_thinking\":false},"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"Erz\\u00e4hl mir davon\"}]";

    private static final Set<String> NOT_PREFILLS =
            Set.of("session_id", "stream_options", "logprobs", "top_logprobs", "min_new_tokens");
    private static final Map<String, Object> PREFILLS = Map.of(
            "stream", false,
            "max_tokens", 1.0,
            "max_completion_tokens", 1.0,
            "with_cache", true,
            "preserve_cache", true);

    @Test
    void prefill_clientRequest_asksForOneTokenAndKeepsCache() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();

        assertThat(fleet.post(InferenceRequest.post(ROUTE, (MUCH + "}").getBytes(UTF_8))
                                .withHeader(HEADER, "0"))
                        .status())
                .isEqualTo(200);

        Map<Object, Object> expected = new HashMap<>(json(MUCH + "}"));
        expected.keySet().removeAll(NOT_PREFILLS);
        expected.putAll(PREFILLS);
        assertThat(json(only(prefill, ROUTE))).isEqualTo(expected);
        assertThat(only(prefill, ROUTE).text())
                .contains("\"seed\":9007199254740993,\"temperature\":0.70,\"later\":{\"x\":[1.0,null]}")
                .contains("\"content\":\"Erz\\u00e4hl mir davon\"");
        for (SimulatedEngine engine : List.of(prefill, decode)) {
            assertThat(only(engine, ROUTE).headers().allValues(HEADER)).containsExactly("1");
        }
    }

    @Test
    void request_clientSendsDistServeMembers_areRemoved() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();

        Reply reply = fleet.post(CHAT.replace(
                "{\"model\"",
                "{\"with_cache\":false,\"preserve_cache\":false,\"migration_request\":{\"evil\":1},\"model\""));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(only(prefill, ROUTE).text()).doesNotContain("evil", "\"with_cache\":false", "migration_request");
        assertThat(only(decode, ROUTE).text()).doesNotContain("evil", "with_cache", "preserve_cache");
    }

    @Test
    void prefill_nodeResponds400_passesItThroughWithoutDecode() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        String wrong =
                "{\"message\":\"too long\",\"type\":\"invalid_request_error\",\"code\":400,\"object\":\"error\"}";
        prefill.inject(Fault.status(400, wrong));

        Reply reply = fleet.post(STREAM);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).isEqualTo(wrong);
        assertThat(decode.requests(ROUTE)).isEmpty();
        assertThat(fleet.status(decode).inFlight()).isZero();
    }

    @Test
    void decode_freshPair_isSentAfterConnectsAndPrefillResponse() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        prefill.inject(Fault.holdBeforeHeaders(release));

        CompletableFuture<Reply> reply = fleet.send(CHAT);
        LmdeployFleet.awaitRequests(prefill, ROUTE, 1);
        assertThat(decode.requests(ROUTE)).isEmpty();
        Instant released = Instant.now();
        release.complete(null);

        assertThat(reply.join().status()).isEqualTo(200);
        RecordedRequest sent = only(decode, ROUTE);
        assertThat(only(prefill, CONNECT).arrival()).isBefore(sent.arrival());
        assertThat(only(decode, CONNECT).arrival()).isBefore(sent.arrival());
        assertThat(sent.arrival()).isAfterOrEqualTo(released);
    }

    @Test
    void decode_prefillDone_sendsClientRequestWithMigrationRequest() {
        SimulatedEngine prefill = fleet.prefill(DistServeOptions.DEFAULT.blockSize(1));
        SimulatedEngine decode = fleet.decode(DistServeOptions.DEFAULT.blockSize(1));

        assertThat(fleet.post(MUCH + "}").status()).isEqualTo(200);

        String sent = only(decode, ROUTE).text();
        assertThat(sent).startsWith(MUCH.replace("\"session_id\":7,", ""));
        assertThat(sent.substring(sent.indexOf("\"migration_request\"")))
                .matches("\"migration_request\":\\{\"protocol\":2,\"remote_engine_id\":\"" + prefill.url()
                        + "\",\"remote_session_id\":1,\"remote_token_id\":\\d+,\"remote_block_ids\":\\[\\d+,\\d+,\\d+],"
                        + "\"is_dummy_prefill\":false}}");
        assertThat(prefill.sessions().adopted()).isEqualTo(1);
    }

    @Test
    void decode_fortyConcurrentRequests_usesEachPrefillSessionOnce() {
        fleet.prefill();
        fleet.prefill();
        fleet.decode();
        fleet.decode();

        fleet.atOnce(40, () -> fleet.post(CHAT));

        Set<Object> sessions = new HashSet<>();
        for (SimulatedEngine decode : fleet.decodes) {
            for (RecordedRequest request : decode.requests(ROUTE)) {
                Map<?, ?> order = child(request, "migration_request");
                sessions.add(order.get("remote_engine_id") + " " + order.get("remote_session_id"));
            }
        }
        assertThat(sessions).hasSize(40);
        assertThat(fleet.prefills)
                .extracting(engine -> engine.sessions().adopted())
                .containsOnly(20L);
    }

    @Test
    void decode_firstNodeRefusesConnection_otherNodeGetsSameSession() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine gone = fleet.decode();
        SimulatedEngine other = fleet.decode();
        fleet.link();
        gone.stop();

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        assertThat(only(other, ROUTE).text()).contains("\"remote_session_id\":1,");
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(1, 0, 1, 0, 0, 0, 0));
    }

    @Test
    void decode_firstNodeResetsConnection_prefillRunsAgain() {
        SimulatedEngine prefill = fleet.prefill();
        fleet.decode().inject(Fault.resetBeforeHeaders());
        SimulatedEngine other = fleet.decode();

        assertThat(fleet.post(CHAT).status()).isEqualTo(200);

        assertThat(only(other, ROUTE).text()).contains("\"remote_session_id\":2,");
        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(2, 0, 1, 1, 0, 0, 0));
    }

    @Test
    void freeCache_decodeSucceeds_isNotCalled() {
        SimulatedEngine prefill = fleet.prefill();
        SimulatedEngine decode = fleet.decode();
        for (String body : List.of(CHAT, STREAM, CHAT)) {
            assertThat(fleet.post(body).status()).isEqualTo(200);
        }

        decode.inject(Fault.status(400));
        assertThat(fleet.post(CHAT).status()).isEqualTo(400);

        fleet.awaitFreed(prefill, 1);
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(4, 0, 3, 1, 0, 0, 0));
        assertThat(only(prefill, FREE).text()).contains("\"remote_session_id\":4}");
    }

    @Test
    void counters_requestDone_areZeroWithOneLatencyPerStage() {
        List<SimulatedEngine> engines = List.of(fleet.prefill(), fleet.decode());

        assertThat(fleet.post(STREAM).status()).isEqualTo(200);

        fleet.assertNothingLeft();
        for (SimulatedEngine engine : engines) {
            assertThat(fleet.status(engine).inFlight()).isZero();
            assertThat(fleet.status(engine).latencies()).hasSize(1);
        }
    }
}
