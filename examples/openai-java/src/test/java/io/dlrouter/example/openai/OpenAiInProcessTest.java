package io.dlrouter.example.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.AsyncStreamResponse;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.models.Model;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's client through the router, beside the same client at the engine itself. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OpenAiInProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    private final SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
            .model("demo")
            .tokens(40)
            .timePerToken(Duration.ofMillis(5))
            .start();
    private final Router router =
            new RouterBuilder().backend("vllm").node(engine.url()).build();
    private final OpenAIClient routed = OpenAiInProcess.client(router);
    private final OpenAIClient direct = OpenAIOkHttpClient.builder()
            .baseUrl(engine.url() + "/v1")
            .apiKey("the engines' own, if they ask for one")
            .maxRetries(0)
            .build();

    @AfterEach
    void close() {
        direct.close();
        routed.close();
        router.close();
        assertThat(engine.violations()).isEmpty();
        engine.close();
    }

    @Test
    void ask_plain_isTheDirectCall() {
        assertThat(OpenAiInProcess.ask(routed, "Hello")).startsWith(" token0 token1");
        assertSame(OpenAiInProcessTest::whole);
    }

    @Test
    void stream_eachEvent_isTheDirectCall() {
        List<String> words = new ArrayList<>();

        OpenAiInProcess.stream(routed, "Hello", words::add);

        assertThat(words).hasSizeGreaterThanOrEqualTo(40).contains(" token0", " token39");
        assertSame(OpenAiInProcessTest::streamed);
    }

    @Test
    void callTool_arguments_areTheDirectCall() {
        assertThat(OpenAiInProcess.callTool(routed, "Is it raining?"))
                .isEqualTo(OpenAiInProcess.callTool(direct, "Is it raining?"))
                .singleElement()
                .asString()
                .contains("city");
        assertSameRequest();
    }

    @Test
    void askLater_answer_isTheDirectCall() {
        assertThat(OpenAiInProcess.askLater(routed, "Hello").join()).startsWith(" token0 token1");
        assertSame(OpenAiInProcessTest::later);
    }

    @Test
    void askLater_moreThanOkHttpSendsToOneHost_goTogether() {
        engine.inject(Fault.delay(Duration.ofSeconds(1)));
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(OpenAiInProcess.askLater(routed, "Hello"));
        }

        engine.awaitRunning(20, PATIENCE);
        assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).startsWith(" token0"));
    }

    @Test
    void models_listed_areThoseOfTheFleet() {
        OpenAiInProcess.ask(routed, "Hello");

        assertThat(routed.models().list().data()).extracting(Model::id).containsExactly("demo");
    }

    @Test
    void ask_unknownModel_isNotFound() {
        assertThatExceptionOfType(NotFoundException.class)
                .isThrownBy(() -> routed.chat()
                        .completions()
                        .create(OpenAiInProcess.chat("Hello").model("other").build()))
                .satisfies(e -> assertThat(e.code()).hasValue("model_not_found"));
    }

    @Test
    void stream_closedInTheMiddle_endsTheWorkAtOnce() {
        engine.inject(Fault.hangAfterEvents(10));
        Instant closed;
        try (StreamResponse<ChatCompletionChunk> answer = routed.chat()
                .completions()
                .createStreaming(OpenAiInProcess.chat("Hello").build())) {
            assertThat(answer.stream().limit(3)).hasSize(3);
            closed = Instant.now();
        }

        assertLeftAtOnce(closed);
    }

    @Test
    void streamLater_closedInTheMiddle_endsTheWorkAtOnce() {
        engine.inject(Fault.hangAfterEvents(10));
        CompletableFuture<Instant> closed = new CompletableFuture<>();
        AsyncStreamResponse<ChatCompletionChunk> answer = routed.async()
                .chat()
                .completions()
                .createStreaming(OpenAiInProcess.chat("Hello").build());
        answer.subscribe(chunk -> {
            if (closed.complete(Instant.now())) {
                answer.close();
            }
        });

        assertLeftAtOnce(closed.join());
    }

    private void assertLeftAtOnce(Instant left) {
        Instant noticed = engine.awaitDisconnects(1, PATIENCE).get(0).noticed();
        assertThat(Duration.between(left, noticed)).isLessThan(AT_ONCE);
    }

    /** Asks both ways and compares all bytes, but for the id and the time that an engine gives each response. */
    private void assertSame(Function<OpenAIClient, Raw> call) {
        Raw answer = call.apply(routed);
        assertThat(answer).isEqualTo(call.apply(direct));
        assertThat(answer.body()).contains("token39");
        assertSameRequest();
    }

    private static Raw whole(OpenAIClient client) {
        try (HttpResponse answer = client.withRawResponse()
                .chat()
                .completions()
                .create(OpenAiInProcess.chat("Hello").build())) {
            return Raw.of(answer);
        }
    }

    private static Raw streamed(OpenAIClient client) {
        try (HttpResponse answer = client.withRawResponse()
                .chat()
                .completions()
                .createStreaming(OpenAiInProcess.chat("Hello").build())) {
            return Raw.of(answer);
        }
    }

    private static Raw later(OpenAIClient client) {
        try (HttpResponse answer = client.async()
                .withRawResponse()
                .chat()
                .completions()
                .create(OpenAiInProcess.chat("Hello").build())
                .join()) {
            return Raw.of(answer);
        }
    }

    /** Compares what the engine got of the last two requests. */
    private void assertSameRequest() {
        List<RecordedRequest> chats = engine.requests("/v1/chat/completions");
        RecordedRequest first = chats.get(chats.size() - 2);
        RecordedRequest second = chats.get(chats.size() - 1);
        assertThat(first.body()).isEqualTo(second.body());
        assertThat(first.header("Content-Type")).isEqualTo(second.header("Content-Type"));
        assertThat(first.header("Authorization")).isEqualTo(second.header("Authorization"));
    }

    /** A response as it came, less what is between a node and the router: the framing, and a name that it had not. */
    private record Raw(int status, Map<String, List<String>> headers, String body) {
        static Raw of(HttpResponse response) {
            try {
                Map<String, List<String>> headers = new TreeMap<>();
                response.headers()
                        .names()
                        .forEach(name -> headers.put(
                                name.toLowerCase(Locale.ROOT),
                                response.headers().values(name)));
                headers.keySet().removeAll(Set.of("x-request-id", "transfer-encoding"));
                String body = new String(response.body().readAllBytes(), UTF_8)
                        .replaceAll("chatcmpl-[0-9a-f-]{36}", "chatcmpl-")
                        .replaceAll("\"created\":[0-9]+", "\"created\":0");
                return new Raw(response.statusCode(), headers, body);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
