package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import io.dlrouter.simulator.DistServeOptions;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SessionCounts;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to an LMDeploy prefill/decode fleet and the response to the client: docs/lmdeploy-points.md, 14 to 24. */
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
    void prefill_clientRequest_asksForOneTokenAndKeepsCache() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        assertThat(gateway.post(ROUTE, MUCH + "}", HEADER, "0").statusCode()).isEqualTo(200);

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
    void request_clientSendsDistServeMembers_areRemoved() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        HttpResponse<String> answer = gateway.post(
                ROUTE,
                CHAT.replace(
                        "{\"model\"",
                        "{\"with_cache\":false,\"preserve_cache\":false,\"migration_request\":{\"evil\":1},\"model\""));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(only(prefill, ROUTE).text()).doesNotContain("evil", "\"with_cache\":false", "migration_request");
        assertThat(only(decode, ROUTE).text()).doesNotContain("evil", "with_cache", "preserve_cache");
    }

    @Test
    void prefill_nodeResponds400_passesItThroughWithoutDecode() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        String wrong =
                "{\"message\":\"too long\",\"type\":\"invalid_request_error\",\"code\":400,\"object\":\"error\"}";
        prefill.inject(Fault.status(400, wrong));

        HttpResponse<String> answer = gateway.post(ROUTE, STREAM);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo(wrong);
        assertThat(decode.requests(ROUTE)).isEmpty();
        assertThat(shown(gateway, decode)).containsEntry("unfinished", 0.0);
    }

    @Test
    void decode_freshPair_isSentAfterConnectsAndPrefillResponse() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().timeToFirstToken(Duration.ofMillis(200)));
        SimulatedEngine decode = decode();

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        RecordedRequest sent = only(decode, ROUTE);
        assertThat(only(prefill, CONNECT).arrival()).isBefore(sent.arrival());
        assertThat(only(decode, CONNECT).arrival()).isBefore(sent.arrival());
        assertThat(sent.arrival()).isAfter(only(prefill, ROUTE).arrival().plusMillis(200));
    }

    @Test
    void decode_prefillDone_sendsClientRequestWithMigrationRequest() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill(DistServeOptions.DEFAULT.blockSize(1));
        SimulatedEngine decode = decode(DistServeOptions.DEFAULT.blockSize(1));

        assertThat(gateway.post(ROUTE, MUCH + "}").statusCode()).isEqualTo(200);

        String sent = only(decode, ROUTE).text();
        assertThat(sent).startsWith(MUCH.replace("\"session_id\":7,", ""));
        assertThat(sent.substring(sent.indexOf("\"migration_request\"")))
                .matches("\"migration_request\":\\{\"protocol\":2,\"remote_engine_id\":\"" + prefill.url()
                        + "\",\"remote_session_id\":1,\"remote_token_id\":\\d+,\"remote_block_ids\":\\[\\d+,\\d+,\\d+],"
                        + "\"is_dummy_prefill\":false}}");
        assertThat(prefill.sessions().adopted()).isEqualTo(1);
    }

    @Test
    void decode_fortyConcurrentRequests_usesEachPrefillSessionOnce() throws Exception {
        Gateway gateway = fleet.gateway();
        prefill();
        prefill();
        decode();
        decode();

        atOnce(40, () -> gateway.post(ROUTE, CHAT));

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
    void decode_firstNodeRefusesConnection_otherNodeGetsSameSession() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine gone = decode();
        SimulatedEngine other = decode();
        link(gateway);
        gone.stop();

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(only(other, ROUTE).text()).contains("\"remote_session_id\":1,");
        assertThat(prefill.sessions()).isEqualTo(new SessionCounts(1, 0, 1, 0, 0, 0, 0));
    }

    @Test
    void decode_firstNodeResetsConnection_prefillRunsAgain() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        decode().inject(Fault.resetBeforeHeaders());
        SimulatedEngine other = decode();

        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);

        assertThat(only(other, ROUTE).text()).contains("\"remote_session_id\":2,");
        prefill.awaitSessions(new SessionCounts(2, 0, 1, 1, 0, 0, 0)::equals, Duration.ofSeconds(5));
    }

    @Test
    void freeCache_decodeSucceeds_isNotCalled() throws Exception {
        Gateway gateway = fleet.gateway();
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();
        for (String body : List.of(CHAT, STREAM, CHAT)) {
            assertThat(gateway.post(ROUTE, body).statusCode()).isEqualTo(200);
        }

        decode.inject(Fault.status(400));
        assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(400);

        prefill.awaitSessions(new SessionCounts(4, 0, 3, 1, 0, 0, 0)::equals, Duration.ofSeconds(5));
        assertThat(only(prefill, FREE).text()).contains("\"remote_session_id\":4}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "text/event-stream; charset=utf-8"})
    void response_streamedByDecode_reachesClientByteForByte(String type) throws Exception {
        Gateway gateway = fleet.gateway();
        fleet.sessionsStayAt(prefill());
        SimulatedEngine decode = decode();
        String stream = """
                : ping

                data: {"choices":[{"delta":{"content":"\u00e9"}}],"x":1.50}


                data: {"choices":[],"usage":{"total_tokens":3}}\r
                \r
                data: [DONE]

                """;
        byte[] bytes = stream.getBytes(UTF_8);
        byte[] first = Arrays.copyOf(bytes, 51);
        byte[] rest = Arrays.copyOfRange(bytes, 51, bytes.length);
        decode.inject(Fault.canned(200, Map.of("content-type", type, "x-of-decode", "yes"), first, rest));

        HttpResponse<String> answer = gateway.post(ROUTE, STREAM);

        assertThat(answer.body()).isEqualTo(stream).containsOnlyOnce("[DONE]");
        assertThat(answer.headers().allValues("content-type")).containsExactly(type);
        assertThat(answer.headers().allValues("x-of-decode")).containsExactly("yes");
    }

    @Test
    void response_notStreamed_reachesClientByteForByte() throws Exception {
        Gateway gateway = fleet.gateway();
        fleet.sessionsStayAt(prefill());
        SimulatedEngine decode = decode();
        String body =
                "{\"id\":\"chatcmpl-x\", \"choices\":[{\"index\":0}],\n \"usage\":{\"total_tokens\":3},\"x\":1.50}";
        decode.inject(Fault.canned(200, Map.of("content-type", "application/json"), body.getBytes(UTF_8)));

        assertThat(gateway.post(ROUTE, CHAT).body()).isEqualTo(body);
    }

    @Test
    void counters_requestDone_areZeroWithOneLatencyPerStage() throws Exception {
        Gateway gateway = fleet.gateway();
        List<SimulatedEngine> engines = List.of(prefill(), decode());

        assertThat(gateway.post(ROUTE, STREAM).statusCode()).isEqualTo(200);

        fleet.assertNothingLeft();
        for (SimulatedEngine engine : engines) {
            assertThat(shown(gateway, engine)).containsEntry("unfinished", 0.0);
            assertThat(shown(gateway, engine).get("latency")).asInstanceOf(LIST).hasSize(1);
        }
    }
}
