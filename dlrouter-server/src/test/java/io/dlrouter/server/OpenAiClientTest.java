package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.models.Model;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway as OpenAI's own client sees it. */
final class OpenAiClientTest {
    private static final ChatCompletionFunctionTool WEATHER = ChatCompletionFunctionTool.builder()
            .function(FunctionDefinition.builder()
                    .name("weather")
                    .parameters(FunctionParameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .build())
                    .build())
            .build();

    private final SimulatedEngine engine =
            SimulatedEngine.builder(EngineKind.VLLM).model("m").tokens(3).start();
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        gateway = Gateway.start("--api_keys", "key");
        gateway.post("/nodes/add", "{\"url\":\"" + engine.url() + "\"}", "Authorization", "Bearer key");
    }

    @AfterEach
    void stop() {
        gateway.close();
        engine.close();
    }

    @Test
    void chat_plain_returnsAResponse() {
        ChatCompletion response = client("key").chat().completions().create(chat("m"));

        assertThat(response.choices().get(0).message().content()).hasValue(" token0 token1 token2");
        assertThat(engine.violations()).isEmpty();
    }

    @Test
    void chat_streamed_arrivesInPieces() {
        try (StreamResponse<ChatCompletionChunk> response =
                client("key").chat().completions().createStreaming(chat("m"))) {
            String text = response.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .collect(Collectors.joining());

            assertThat(text).isEqualTo(" token0 token1 token2");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void chat_streamCutBetweenEvents_isAnErrorThatNamesTheNode(int events) {
        engine.inject(Fault.cutAfterEvents(events).times(1));

        assertThatExceptionOfType(OpenAIException.class)
                .isThrownBy(() -> readStream())
                .withStackTraceContaining("broke off");
    }

    @Test
    void chat_streamCutInAnEvent_isAnError() {
        engine.inject(Fault.cutAfterBytes(20).times(1));

        assertThatExceptionOfType(OpenAIException.class).isThrownBy(this::readStream);
    }

    @Test
    void chat_plainResponseCut_isAnError() {
        engine.inject(Fault.cutAfterBytes(20).times(1));

        assertThatExceptionOfType(OpenAIException.class)
                .isThrownBy(() -> client("key").chat().completions().create(chat("m")));
    }

    private void readStream() {
        try (StreamResponse<ChatCompletionChunk> response =
                client("key").chat().completions().createStreaming(chat("m"))) {
            response.stream().forEach(chunk -> {});
        }
    }

    @Test
    void chat_tools_areReturnedAsTheNodeCalledThem() {
        ChatCompletion response = client("key")
                .chat()
                .completions()
                .create(chatOn("m").addTool(WEATHER).build());

        var call = response.choices()
                .get(0)
                .message()
                .toolCalls()
                .orElseThrow()
                .get(0)
                .asFunction();
        assertThat(call.function().name()).isEqualTo("weather");
        assertThat(call.function().arguments()).contains("city");
        assertThat(sent()).contains("\"parameters\":{\"type\":\"object\"");
    }

    @Test
    void chat_jsonSchema_reachesTheNodeAndReturnsItsResponse() {
        ChatCompletion response = client("key")
                .chat()
                .completions()
                .create(chatOn("m")
                        .responseFormat(ResponseFormatJsonSchema.builder()
                                .jsonSchema(ResponseFormatJsonSchema.JsonSchema.builder()
                                        .name("reply")
                                        .strict(true)
                                        .schema(ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                                                .putAdditionalProperty("type", JsonValue.from("object"))
                                                .build())
                                        .build())
                                .build())
                        .build());

        assertThat(response.choices().get(0).message().content().orElseThrow())
                .startsWith("{")
                .contains("answer");
        assertThat(sent()).contains("\"schema\":{\"type\":\"object\"}", "\"strict\":true");
    }

    @Test
    void chat_logprobs_areReturned() {
        ChatCompletion response = client("key")
                .chat()
                .completions()
                .create(chatOn("m").logprobs(true).topLogprobs(2).build());

        var tokens =
                response.choices().get(0).logprobs().orElseThrow().content().orElseThrow();
        assertThat(tokens)
                .hasSize(3)
                .allSatisfy(token -> assertThat(token.topLogprobs()).hasSize(2));
    }

    /** The body of the last chat, as the node got it. */
    private String sent() {
        List<RecordedRequest> chats = engine.requests("/v1/chat/completions");
        return chats.get(chats.size() - 1).text();
    }

    @Test
    void models_listed_areThoseOfTheNodes() {
        assertThat(client("key").models().list().data()).extracting(Model::id).containsExactly("m");
    }

    @Test
    void chat_wrongKey_isUnauthorized() {
        assertThatExceptionOfType(UnauthorizedException.class)
                .isThrownBy(() -> client("other").chat().completions().create(chat("m")))
                .satisfies(e -> assertThat(e.code()).hasValue("invalid_api_key"));
    }

    @Test
    void chat_unknownModel_isNotFound() {
        assertThatExceptionOfType(NotFoundException.class)
                .isThrownBy(() -> client("key").chat().completions().create(chat("other")))
                .satisfies(e -> assertThat(e.code()).hasValue("model_not_found"));
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway.server.url() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams chat(String model) {
        return chatOn(model).build();
    }

    private static ChatCompletionCreateParams.Builder chatOn(String model) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage("hello");
    }
}
