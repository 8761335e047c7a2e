package io.dlrouter.example.openai;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.okhttp.RouterInterceptor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Four ways to ask a fleet of vLLM servers with OpenAI's own client, without a gateway between. */
public final class OpenAiInProcess {
    private static final ChatCompletionFunctionTool WEATHER = ChatCompletionFunctionTool.builder()
            .function(FunctionDefinition.builder()
                    .name("weather")
                    .parameters(FunctionParameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty(
                                    "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                            .build())
                    .build())
            .build();

    private OpenAiInProcess() {}

    /**
     * A client whose requests the router places. It does not retry what fails, because the router has.
     *
     * @return to be closed by the caller, before the router
     */
    public static OpenAIClient client(Router router) {
        return OpenAIOkHttpClient.builder()
                .baseUrl("http://dlrouter/v1")
                .apiKey("the engines' own, if they ask for one")
                .maxRetries(0)
                .addInterceptor(RouterInterceptor.of(router))
                .build();
    }

    /** What the examples ask. */
    static ChatCompletionCreateParams.Builder chat(String question) {
        return ChatCompletionCreateParams.builder().model("demo").addUserMessage(question);
    }

    /** Asks, and waits for the whole response. */
    public static String ask(OpenAIClient client, String question) {
        return text(client.chat().completions().create(chat(question).build()));
    }

    /** Asks, and hands the response on as it comes. */
    public static void stream(OpenAIClient client, String question, Consumer<String> output) {
        try (StreamResponse<ChatCompletionChunk> answer =
                client.chat().completions().createStreaming(chat(question).build())) {
            answer.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .forEach(output);
        }
    }

    /** Offers a tool, and gives the arguments with which the model calls it, as JSON. */
    public static List<String> callTool(OpenAIClient client, String question) {
        ChatCompletion answer = client.chat()
                .completions()
                .create(chat(question).addTool(WEATHER).build());
        return answer.choices().get(0).message().toolCalls().orElse(List.of()).stream()
                .map(call -> call.asFunction().function().arguments())
                .toList();
    }

    /** Asks, and does not wait. */
    public static CompletableFuture<String> askLater(OpenAIClient client, String question) {
        return client.async()
                .chat()
                .completions()
                .create(chat(question).build())
                .thenApply(OpenAiInProcess::text);
    }

    private static String text(ChatCompletion answer) {
        return answer.choices().get(0).message().content().orElse("");
    }

    /** Asks the servers whose URLs are given. */
    public static void main(String[] urls) {
        RouterBuilder fleet = new RouterBuilder().backend("vllm");
        List.of(urls).forEach(fleet::node);
        try (Router router = fleet.build()) {
            OpenAIClient client = client(router);
            try {
                askAll(client);
            } finally {
                client.close();
            }
        }
    }

    private static void askAll(OpenAIClient client) {
        System.out.println(ask(client, "What is a router?"));
        stream(client, "Tell me of ships", System.out::print);
        System.out.println();
        System.out.println(callTool(client, "Is it raining in Hamburg?"));
        System.out.println(askLater(client, "What is a fleet?").join());
    }
}
