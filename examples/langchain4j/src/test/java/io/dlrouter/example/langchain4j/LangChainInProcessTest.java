package io.dlrouter.example.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClientBuilder;
import dev.langchain4j.http.client.jdk.JdkHttpClient;
import dev.langchain4j.http.client.sse.ServerSentEvent;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LangChain4j's models through the router, beside the same models at the engine itself. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LangChainInProcessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration AT_ONCE = Duration.ofMillis(100);

    private final SimulatedEngine engine = SimulatedEngine.builder(EngineKind.VLLM)
            .model("demo")
            .tokens(40)
            .timePerToken(Duration.ofMillis(5))
            .start();
    private final Router router =
            new RouterBuilder().backend("vllm").node(engine.url()).build();

    @AfterEach
    void close() {
        router.close();
        assertThat(engine.violations()).isEmpty();
        engine.close();
    }

    @Test
    void model_answer_isThatOfTheDirectCall() {
        ChatModel direct = OpenAiChatModel.builder()
                .httpClientBuilder(direct())
                .baseUrl(engine.url() + "/v1")
                .modelName("demo")
                .build();

        ChatResponse routed = ask(LangChainInProcess.model(router, "demo"));

        assertThat(routed.aiMessage().text()).startsWith(" token0 token1");
        assertThat(body(routed)).isEqualTo(body(ask(direct)));
        assertSameRequests();
    }

    @Test
    void streamingModel_eachEvent_isThatOfTheDirectCall() {
        StreamingChatModel direct = OpenAiStreamingChatModel.builder()
                .httpClientBuilder(direct())
                .baseUrl(engine.url() + "/v1")
                .modelName("demo")
                .build();
        List<String> words = new ArrayList<>();

        ChatResponse routed = LangChainInProcess.stream(
                        LangChainInProcess.streamingModel(router, "demo"), "Hello", words::add)
                .join();

        assertThat(words).hasSize(40).startsWith(" token0", " token1");
        assertThat(events(routed))
                .isEqualTo(events(
                        LangChainInProcess.stream(direct, "Hello", word -> {}).join()));
        assertSameRequests();
    }

    @Test
    void model_unknown_isNotFound() {
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> LangChainInProcess.model(router, "other").chat("Hello"))
                .withMessageContaining("model_not_found");
    }

    @Test
    void streamingModel_unknown_isNotFound() {
        CompletableFuture<ChatResponse> answer =
                LangChainInProcess.stream(LangChainInProcess.streamingModel(router, "other"), "Hello", word -> {});

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(answer::join)
                .withCauseInstanceOf(ModelNotFoundException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20})
    void streamingModel_engineCutsBetweenEvents_isAnErrorAndNoResponse(int events) {
        engine.inject(Fault.cutAfterEvents(events));

        assertStreamFails();
    }

    @Test
    void streamingModel_engineCutsInAnEvent_isAnErrorAndNoResponse() {
        engine.inject(Fault.cutAfterBytes(20));

        assertStreamFails();
    }

    private void assertStreamFails() {
        CompletableFuture<ChatResponse> answer =
                LangChainInProcess.stream(LangChainInProcess.streamingModel(router, "demo"), "Hello", word -> {});

        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(answer::join)
                .withStackTraceContaining("broke off");
    }

    @Test
    void model_engineCutsTheResponse_isAnError() {
        engine.inject(Fault.cutAfterBytes(20));

        assertThatExceptionOfType(RuntimeException.class)
                .isThrownBy(() -> LangChainInProcess.model(router, "demo").chat("Hello"))
                .withStackTraceContaining("broke off");
    }

    @Test
    void model_slowerThanItsTimeout_timesOut() {
        engine.inject(Fault.hangBeforeHeaders());
        ChatModel hasty = OpenAiChatModel.builder()
                .httpClientBuilder(new RoutedHttpClientBuilder(router))
                .baseUrl("http://dlrouter/v1")
                .modelName("demo")
                .timeout(Duration.ofSeconds(1))
                .maxRetries(0)
                .build();

        assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> hasty.chat("Hello"));
        engine.awaitDisconnects(1, PATIENCE);
    }

    @Test
    void streamingModel_cancelledInTheMiddle_endsTheWorkAtOnce() throws Exception {
        engine.inject(Fault.hangAfterEvents(10));
        CompletableFuture<Instant> cancelled = new CompletableFuture<>();

        LangChainInProcess.streamingModel(router, "demo").chat(request(), new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(PartialResponse words, PartialResponseContext context) {
                cancelled.complete(Instant.now());
                context.streamingHandle().cancel();
            }

            @Override
            public void onCompleteResponse(ChatResponse answer) {
                cancelled.completeExceptionally(new AssertionError("it went on to its end"));
            }

            @Override
            public void onError(Throwable failure) {
                cancelled.completeExceptionally(failure);
            }
        });

        Instant noticed = engine.awaitDisconnects(1, PATIENCE).get(0).noticed();
        assertThat(Duration.between(cancelled.get(5, TimeUnit.SECONDS), noticed))
                .isLessThan(AT_ONCE);
    }

    /** LangChain4j's own client, told not to offer HTTP/2, which the engine does not know. */
    private static HttpClientBuilder direct() {
        return JdkHttpClient.builder().httpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
    }

    private static ChatRequest request() {
        return ChatRequest.builder().messages(UserMessage.from("Hello")).build();
    }

    private static ChatResponse ask(ChatModel model) {
        return model.chat(request());
    }

    private static String body(ChatResponse answer) {
        return constant(raw(answer).rawHttpResponse().body());
    }

    private static List<String> events(ChatResponse answer) {
        return raw(answer).rawServerSentEvents().stream()
                .map(ServerSentEvent::data)
                .map(LangChainInProcessTest::constant)
                .toList();
    }

    private static OpenAiChatResponseMetadata raw(ChatResponse answer) {
        return (OpenAiChatResponseMetadata) answer.metadata();
    }

    /** A response without the id and the time that an engine gives each. */
    private static String constant(String json) {
        return json.replaceAll("chatcmpl-[0-9a-f-]{36}", "chatcmpl-").replaceAll("\"created\":[0-9]+", "\"created\":0");
    }

    /** Compares what the engine got of the two requests. */
    private void assertSameRequests() {
        List<RecordedRequest> chats = engine.requests("/v1/chat/completions");
        assertThat(chats).hasSize(2);
        assertThat(chats.get(0).body()).isEqualTo(chats.get(1).body());
        assertThat(chats.get(0).header("Content-Type")).isEqualTo(chats.get(1).header("Content-Type"));
    }
}
