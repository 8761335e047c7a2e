package io.dlrouter.example.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** LangChain4j's chat models over a fleet of vLLM servers, without a gateway between. */
public final class LangChainInProcess {
    private static final String URL = "http://dlrouter/v1";

    private LangChainInProcess() {}

    /** A model with plain responses. It does not retry what fails, because the router has. */
    public static ChatModel model(Router router, String name) {
        return OpenAiChatModel.builder()
                .httpClientBuilder(new RoutedHttpClientBuilder(router))
                .baseUrl(URL)
                .modelName(name)
                .maxRetries(0)
                .build();
    }

    /** A model that responds word by word. */
    public static StreamingChatModel streamingModel(Router router, String name) {
        return OpenAiStreamingChatModel.builder()
                .httpClientBuilder(new RoutedHttpClientBuilder(router))
                .baseUrl(URL)
                .modelName(name)
                .build();
    }

    /**
     * Asks, and hands the response on as it comes.
     *
     * @return the whole response, once it has come
     */
    public static CompletableFuture<ChatResponse> stream(
            StreamingChatModel model, String question, Consumer<String> output) {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat(question, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String words) {
                output.accept(words);
            }

            @Override
            public void onCompleteResponse(ChatResponse answer) {
                whole.complete(answer);
            }

            @Override
            public void onError(Throwable failure) {
                whole.completeExceptionally(failure);
            }
        });
        return whole;
    }

    /** Asks the servers whose URLs are given. */
    public static void main(String[] urls) {
        RouterBuilder fleet = new RouterBuilder().backend("vllm");
        List.of(urls).forEach(fleet::node);
        try (Router router = fleet.build()) {
            System.out.println(model(router, "demo").chat("What is a router?"));
            System.out.println(stream(streamingModel(router, "demo"), "Tell me of ships", System.out::print)
                    .join()
                    .tokenUsage());
        }
    }
}
