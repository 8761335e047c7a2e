package io.dlrouter.example.langchain4j;

import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpClientBuilder;
import io.dlrouter.Router;
import io.dlrouter.okhttp.RouterInterceptor;
import java.time.Duration;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/**
 * Lets LangChain4j's models speak HTTP with {@code http://dlrouter}, which is a router in this process. Without timeouts
 * of a model's own the router's hold.
 */
public final class RoutedHttpClientBuilder implements HttpClientBuilder {
    private OkHttpClient client;

    public RoutedHttpClientBuilder(Router router) {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequestsPerHost(dispatcher.getMaxRequests());
        client = new OkHttpClient.Builder()
                .dispatcher(dispatcher)
                .readTimeout(Duration.ZERO)
                .addInterceptor(RouterInterceptor.of(router))
                .build();
    }

    @Override
    public Duration connectTimeout() {
        return Duration.ofMillis(client.connectTimeoutMillis());
    }

    @Override
    public RoutedHttpClientBuilder connectTimeout(Duration limit) {
        client = client.newBuilder().connectTimeout(limit).build();
        return this;
    }

    @Override
    public Duration readTimeout() {
        return Duration.ofMillis(client.readTimeoutMillis());
    }

    @Override
    public RoutedHttpClientBuilder readTimeout(Duration limit) {
        client = client.newBuilder().readTimeout(limit).build();
        return this;
    }

    @Override
    public HttpClient build() {
        return new RoutedHttpClient(client);
    }
}
