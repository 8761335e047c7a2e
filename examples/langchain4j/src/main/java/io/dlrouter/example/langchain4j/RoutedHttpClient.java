package io.dlrouter.example.langchain4j;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.http.client.HttpClient;
import dev.langchain4j.http.client.HttpRequest;
import dev.langchain4j.http.client.SuccessfulHttpResponse;
import dev.langchain4j.http.client.sse.ServerSentEventListener;
import dev.langchain4j.http.client.sse.ServerSentEventParser;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** LangChain4j's requests with JSON bodies, sent by OkHttp. */
final class RoutedHttpClient implements HttpClient {
    private final OkHttpClient client;

    RoutedHttpClient(OkHttpClient client) {
        this.client = client;
    }

    @Override
    public SuccessfulHttpResponse execute(HttpRequest request) {
        try (Response answer = call(request).execute()) {
            String body = answer.body().string();
            if (!answer.isSuccessful()) {
                throw new HttpException(answer.code(), body);
            }
            return successful(answer, body);
        } catch (IOException e) {
            throw unchecked(e);
        }
    }

    @Override
    public void execute(HttpRequest request, ServerSentEventParser parser, ServerSentEventListener listener) {
        call(request).enqueue(new Callback() {
            @Override
            public void onResponse(Call call, Response answer) {
                try (answer) {
                    relay(answer, parser, listener);
                } catch (IOException e) {
                    listener.onError(unchecked(e));
                }
            }

            @Override
            public void onFailure(Call call, IOException e) {
                listener.onError(unchecked(e));
            }
        });
    }

    private static void relay(Response answer, ServerSentEventParser parser, ServerSentEventListener listener)
            throws IOException {
        if (!answer.isSuccessful()) {
            listener.onError(new HttpException(answer.code(), answer.body().string()));
            return;
        }
        listener.onOpen(successful(answer, null));
        parser.parse(answer.body().byteStream(), listener);
        listener.onClose();
    }

    private Call call(HttpRequest request) {
        Request.Builder sent = new Request.Builder()
                .url(request.url())
                .method(
                        request.method().name(),
                        request.body() == null
                                ? null
                                : RequestBody.create(request.body().getBytes(UTF_8)));
        request.headers().forEach((name, values) -> values.forEach(value -> sent.addHeader(name, value)));
        return client.newCall(sent.build());
    }

    private static SuccessfulHttpResponse successful(Response answer, @Nullable String body) {
        return SuccessfulHttpResponse.builder()
                .statusCode(answer.code())
                .headers(answer.headers().toMultimap())
                .body(body)
                .build();
    }

    private static RuntimeException unchecked(IOException e) {
        return e instanceof InterruptedIOException ? new TimeoutException(e) : new UncheckedIOException(e);
    }
}
