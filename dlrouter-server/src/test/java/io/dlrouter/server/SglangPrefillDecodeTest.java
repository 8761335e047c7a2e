package io.dlrouter.server;

import static io.dlrouter.server.PrefillDecodeFleet.CHAT;
import static io.dlrouter.server.PrefillDecodeFleet.ROUTE;
import static io.dlrouter.server.PrefillDecodeFleet.STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Prefill/Decode fleet of SGLang through the gateway. */
class SglangPrefillDecodeTest {
    private static final Pattern ADDED = Pattern.compile(
            ",\"bootstrap_host\":(\"127.0.0.1\"),\"bootstrap_port\":(\\d+),\"bootstrap_room\":(\\d+)}$");

    private final PrefillDecodeFleet fleet = new PrefillDecodeFleet(EngineKind.SGLANG);

    @AfterEach
    void stop() throws Exception {
        try {
            fleet.assertNothingLeft();
        } finally {
            fleet.close();
        }
    }

    private Gateway gateway(String... arguments) throws Exception {
        Gateway gateway = fleet.gateway(arguments);
        Await.until(() -> gateway.get("/ready").statusCode() == 200);
        return gateway;
    }

    private SimulatedEngine prefill() {
        return fleet.prefill(fleet.engine().prefill());
    }

    private SimulatedEngine decode() {
        return fleet.decode(fleet.engine().decode());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void legs_ofARequest_areTheClientsWithTheSameAddition(boolean streamed) throws Exception {
        String body = streamed ? STREAM : CHAT;
        SimulatedEngine prefill = prefill();
        SimulatedEngine decode = decode();

        HttpResponse<String> response = gateway().post(ROUTE, body, "X-Request-Id", "mine");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("token0", "token5");
        assertThat(response.headers().allValues("x-request-id")).containsExactly("mine");
        String sent = only(prefill).text();
        assertThat(only(decode).text()).isEqualTo(sent);
        assertThat(sent).startsWith(body.substring(0, body.length() - 1)).containsPattern(ADDED);
        assertThat(sent).contains("\"bootstrap_port\":" + prefill.bootstrapPort());
        prefill.awaitRooms(rooms -> rooms.met() == 1 && rooms.leaked() == 0, Duration.ofSeconds(5));
    }

    private static RecordedRequest only(SimulatedEngine engine) {
        List<RecordedRequest> requests = engine.requests(ROUTE);
        assertThat(requests).hasSize(1);
        return requests.get(0);
    }

    @Test
    void samples_several_areRequestsOfTheirOwnAndOneResponse() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();

        HttpResponse<String> response = gateway().post(ROUTE, CHAT.replace("{\"model\"", "{\"n\":3,\"model\""));

        Map<?, ?> body = (Map<?, ?>) Gateway.json(response);
        assertThat(indexes(response.body())).containsExactly("0", "1", "2");
        assertThat(body.get("usage"))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("prompt_tokens", 4.0)
                .containsEntry("completion_tokens", 18.0)
                .containsEntry("total_tokens", 22.0);
        prefill.awaitRooms(rooms -> rooms.met() == 3 && rooms.leaked() == 0, Duration.ofSeconds(5));
    }

    private static List<String> indexes(String body) {
        return Pattern.compile("\"index\":(\\d+)")
                .matcher(body)
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void samples_streamed_areInterleavedUnderTheirIndexes() throws Exception {
        prefill();
        decode();

        HttpResponse<String> response = gateway().post(ROUTE, STREAM.replace("{\"stream\"", "{\"n\":3,\"stream\""));

        String stream = response.body();
        assertThat(stream).endsWith("data: [DONE]\n\n").containsOnlyOnce("[DONE]");
        IntStream.range(0, 3)
                .forEach(index ->
                        assertThat(stream.split("\"index\":" + index, -1)).hasSizeGreaterThan(6));
        assertThat(stream).doesNotContain("\"index\":3").contains("\"completion_tokens\":18");
        assertThat(Pattern.compile("\"id\":\"([^\"]+)\"")
                        .matcher(stream)
                        .results()
                        .map(found -> found.group(1))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void samples_oneOfWhichFails_areOneHonestFailure() throws Exception {
        prefill();
        SimulatedEngine decode = decode();
        Gateway gateway = gateway();
        decode.inject(Fault.status(400, "{\"error\":{\"message\":\"wrong\"}}").times(1));

        HttpResponse<String> response = gateway.post(ROUTE, CHAT.replace("{\"model\"", "{\"n\":2,\"model\""));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "message")).isEqualTo("wrong");
    }

    @Test
    void otherRoutes_ofTheModel_areRejectedWithTheReasonAndThoseOfTheTokenizerAreNot() throws Exception {
        prefill();
        decode();
        Gateway gateway = gateway();

        HttpResponse<String> embeddings = gateway.post("/v1/embeddings", "{\"model\":\"demo\",\"input\":\"x\"}");
        HttpResponse<String> tokens = gateway.post("/tokenize", "{\"model\":\"demo\",\"prompt\":\"x\"}");

        assertThat(embeddings.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(embeddings, "message"))
                .contains("/v1/embeddings is not served by a Prefill/Decode fleet");
        assertThat(tokens.statusCode()).isEqualTo(200);
    }

    @Test
    void samples_ofANamedRequest_haveNamesOfTheirOwn() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();

        gateway().post(ROUTE, CHAT.replace("{\"model\"", "{\"n\":3,\"rid\":\"mine\",\"model\""));

        assertThat(prefill.requests(ROUTE))
                .extracting(RecordedRequest::text)
                .extracting(text -> text.replaceAll(".*\"rid\":\"([^\"]*)\".*", "$1"))
                .containsExactlyInAnyOrder("mine", "mine-1", "mine-2");
    }

    @Test
    void ranks_thatAClientNames_doNotReachTheEngines() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();

        gateway()
                .post(
                        ROUTE,
                        CHAT.replace(
                                "{\"model\"",
                                "{\"routed_dp_rank\":1,\"data_parallel_rank\":1,\"disagg_prefill_dp_rank\":1,\"model\""));

        assertThat(only(prefill).text())
                .startsWith(CHAT.substring(0, CHAT.length() - 1))
                .doesNotContain("dp_rank", "data_parallel_rank");
    }

    @Test
    void generate_nAtTheTop_meansNothing() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();

        HttpResponse<String> response =
                gateway().post("/generate", "{\"text\":\"a\",\"n\":3,\"sampling_params\":{\"max_new_tokens\":3}}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(prefill.requests("/generate")).hasSize(1);
    }

    @Test
    void samples_tooMany_areRejectedWithTheReason() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();

        HttpResponse<String> response = gateway().post(ROUTE, CHAT.replace("{\"model\"", "{\"n\":17,\"model\""));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Gateway.error(response, "param")).isEqualTo("n");
        assertThat(prefill.requests(ROUTE)).isEmpty();
    }

    @Test
    void prompts_several_haveARoomEachAndTokenIdsAreOne() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();
        Gateway gateway = gateway();

        assertThat(gateway.post("/v1/completions", "{\"model\":\"demo\",\"prompt\":[\"a\",\"b\"]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(gateway.post("/v1/completions", "{\"model\":\"demo\",\"prompt\":[1,2,3]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(gateway.post("/v1/completions", "{\"model\":\"demo\",\"prompt\":[]}")
                        .statusCode())
                .isEqualTo(400);

        prefill.awaitRooms(rooms -> rooms.met() == 3 && rooms.leaked() == 0, Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inputLogprobs_thatOnlyPrefillKnows_comeToTheClient(boolean streamed) throws Exception {
        prefill();
        decode();

        HttpResponse<String> response = gateway()
                .post(
                        "/generate",
                        "{\"text\":\"one two three\",\"return_logprob\":true,\"stream\":" + streamed
                                + ",\"sampling_params\":{\"max_new_tokens\":3}}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("\"input_token_logprobs\":[[")
                .doesNotContain("\"input_token_logprobs\":[]");
    }

    @Test
    void prefillsTail_slow_doesNotDelayDecodesFirstByte() throws Exception {
        SimulatedEngine prefill = prefill();
        decode();
        Gateway gateway = gateway("--request_timeout", "2s");
        assertThat(gateway.post(ROUTE, STREAM).statusCode()).isEqualTo(200);
        prefill.inject(Fault.hangAfterHeaders());

        long sent = System.nanoTime();
        try (RawClient client = new RawClient(gateway)) {
            client.chat(STREAM).readUntil("token0");
            assertThat(System.nanoTime() - sent).isLessThan(1_000_000_000);
        }
    }

    @Test
    void ranks_ofAPrefillNode_meetInRoomsOfTheirRemainder() throws Exception {
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().dataParallelSize(2));
        decode();
        String ranks = prefill.url() + "@0," + prefill.url() + "@1";
        Gateway gateway = fleet.started(Gateway.start(
                "--backend",
                "sglang",
                "--serving_strategy",
                "distserve",
                "--routing_strategy",
                "round_robin",
                "--prefill_urls",
                ranks,
                "--decode_urls",
                PrefillDecodeFleet.urls(fleet.decodes)));
        Await.until(() -> gateway.get("/ready").statusCode() == 200);

        for (int i = 0; i < 6; i++) {
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        }

        assertThat(List.of(prefill.requestsOfRank(0), prefill.requestsOfRank(1)))
                .containsOnly(3L);
    }

    @Test
    void node_whoseEngineHasAnotherRole_getsNoRequestsAndHasAReason() throws Exception {
        SimulatedEngine decode = decode();
        SimulatedEngine wrong = decode();
        prefill();
        Gateway gateway = fleet.started(Gateway.start(
                "--backend",
                "sglang",
                "--serving_strategy",
                "distserve",
                "--models",
                "demo",
                "--prefill_urls",
                Stream.of(wrong, fleet.prefills.get(0))
                        .map(SimulatedEngine::url)
                        .reduce((a, b) -> a + "," + b)
                        .orElseThrow(),
                "--decode_urls",
                decode.url()));
        Await.until(() -> gateway.get("/ready").statusCode() == 200);
        Await.until(() -> gateway.get("/nodes/status").body().contains("(expected: DECODE"));

        for (int i = 0; i < 4; i++) {
            assertThat(gateway.post(ROUTE, CHAT).statusCode()).isEqualTo(200);
        }

        assertThat(wrong.requests(ROUTE)).isEmpty();
        assertThat(gateway.nodes().get(fleet.prefills.get(0).url()))
                .containsEntry("bootstrap_port", (double) fleet.prefills.get(0).bootstrapPort())
                .containsEntry("dp_size", 1.0);
        assertThat(gateway.nodes().get(wrong.url()))
                .containsEntry("state", "starting")
                .containsEntry(
                        "reason",
                        "role: PREFILL (expected: DECODE, because its engine runs with"
                                + " --disaggregation-mode decode)");
    }

    @Test
    void engine_withoutServerInfo_keepsItsConfiguration() throws Exception {
        SimulatedEngine prefill = fleet.prefill(fleet.engine().prefill().withoutServerInfo());
        fleet.decode(fleet.engine().decode().withoutServerInfo());

        assertThat(gateway("--prefill_bootstrap_ports", Integer.toString(prefill.bootstrapPort()))
                        .post(ROUTE, CHAT)
                        .statusCode())
                .isEqualTo(200);
    }
}
