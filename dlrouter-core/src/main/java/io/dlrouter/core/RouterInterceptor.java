package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.openai.ModelList;
import io.dlrouter.core.openai.OpenAiError;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.AsyncTimeout;
import okio.Buffer;
import okio.ForwardingSource;
import okio.Okio;
import okio.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Lets an OkHttp client, and so any client library that is built on one, reach a fleet without a gateway: calls to one
 * host go through a {@link Router} in this process, all others their usual way. To be added with
 * {@code addInterceptor}; OkHttp 5.4 or newer. The answers are those that a gateway would give, errors of the router's
 * own included, except that a stream which breaks off fails the read.
 *
 * <p>Answers are streamed as they come. Closing a body, cancelling its call and the client's read and call timeouts all
 * end the work at the node at once; a call that waits for its answer fails then as any call of OkHttp does. What OkHttp
 * allows by default is little for a fleet: 10 s without a byte, and five asynchronous calls at a time to one host. A
 * request's body is read whole, because another node may be asked; a duplex one is refused.
 *
 * <p>Safe for use by many threads and clients. The router stays the caller's.
 *
 * {@snippet :
 * OkHttpClient client = new OkHttpClient.Builder()
 *         .addInterceptor(RouterInterceptor.of(router))
 *         .build();
 * client.newCall(new Request.Builder().url("http://dlrouter/v1/chat/completions").post(body).build()).execute();
 * }
 */
public final class RouterInterceptor implements Interceptor {
    private static final String HOST = "dlrouter";
    private static final MediaType JSON = MediaType.get("application/json");

    private final Router router;
    private final String host;
    private final long createdAt = System.currentTimeMillis() / 1000;

    private RouterInterceptor(Router router, String host) {
        this.router = router;
        this.host = new HttpUrl.Builder().scheme("http").host(host).build().host();
    }

    /** An interceptor of calls to {@code http://dlrouter/}. */
    public static RouterInterceptor of(Router router) {
        return of(router, HOST);
    }

    /**
     * An interceptor of calls to a host, whatever their scheme and port.
     *
     * @throws IllegalArgumentException if no host can have this name
     */
    public static RouterInterceptor of(Router router, String host) {
        return new RouterInterceptor(router, host);
    }

    /**
     * Routes a call, or passes it on.
     *
     * @throws IOException if a call that it routes is cancelled, takes longer than the client allows, or has a duplex body
     */
    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!request.url().host().equals(host)) {
            return chain.proceed(request);
        }
        long sentAt = System.currentTimeMillis();
        return answer(chain)
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .message("")
                .sentRequestAtMillis(sentAt)
                .receivedResponseAtMillis(System.currentTimeMillis())
                .build();
    }

    private Response.Builder answer(Chain chain) throws IOException {
        String method = chain.request().method();
        String path = path(chain.request().url());
        if (InferencePaths.contains(path)) {
            return method.equals("POST") ? routed(chain) : error(OpenAiError.methodNotAllowed(method, path, "POST"));
        }
        return InferencePaths.isModelList(path) ? models(method, path) : error(OpenAiError.notFound(path));
    }

    /** Decoded whole, as an engine reads it: no spelling leads to a path that is not to be forwarded. */
    private static String path(HttpUrl url) {
        return InferencePaths.singleSlashes("/" + String.join("/", url.pathSegments()));
    }

    private Response.Builder models(String method, String path) {
        return switch (method) {
            case "GET" -> json(200, ModelList.json(router.models(), createdAt).getBytes(UTF_8));
            case "HEAD" -> json(200, new byte[0]);
            default -> error(OpenAiError.methodNotAllowed(method, path, "GET, HEAD"));
        };
    }

    private Response.Builder routed(Chain chain) throws IOException {
        InferenceRequest request = inference(chain.request());
        Bounds bounds = Bounds.of(chain);
        bounds.enter();
        try {
            return passedOn(router.route(request, bounds.cancellation), bounds);
        } catch (RequestCancelledException e) {
            throw bounds.reason(e);
        } catch (RouterException e) {
            Response.Builder error = error(OpenAiError.of(e));
            request.headers().firstValue(Sender.REQUEST_ID).ifPresent(id -> error.header(Sender.REQUEST_ID, id));
            return error;
        } finally {
            boolean unused = bounds.exit();
        }
    }

    private static InferenceRequest inference(Request request) throws IOException {
        HttpUrl url = request.url();
        String path = InferencePaths.singleSlashes(url.encodedPath());
        return InferenceRequest.post(
                        url.encodedQuery() == null ? path : path + "?" + url.encodedQuery(), bytes(request.body()))
                .withHeaders(headers(request));
    }

    private static byte[] bytes(@Nullable RequestBody body) throws IOException {
        Buffer bytes = new Buffer();
        if (body != null) {
            if (body.isDuplex()) {
                throw new ProtocolException("a duplex request body (expected: one that ends before the answer begins)");
            }
            body.writeTo(bytes);
        }
        return bytes.readByteArray();
    }

    /** The type of a body stands in it, and becomes a header only further down a client's chain. */
    private static HttpHeaders headers(Request request) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        request.headers()
                .forEach(header -> headers.computeIfAbsent(header.getFirst(), name -> new ArrayList<>(1))
                        .add(header.getSecond()));
        Optional.ofNullable(request.body())
                .map(RequestBody::contentType)
                .ifPresent(type -> headers.put("Content-Type", List.of(type.toString())));
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    private static Response.Builder passedOn(InferenceResponse answer, Bounds bounds) {
        Headers.Builder headers = new Headers.Builder();
        answer.headers()
                .map()
                .forEach((name, values) -> values.forEach(value -> headers.addUnsafeNonAscii(name, value)));
        MediaType type = answer.headers()
                .firstValue("Content-Type")
                .map(MediaType::parse)
                .orElse(null);
        Body body = new Body(answer, bounds);
        return new Response.Builder()
                .code(answer.status())
                .headers(headers.build())
                .body(ResponseBody.create(Okio.buffer(body), type, length(answer)));
    }

    /** An answer without a body may still name the length of one. */
    private static long length(InferenceResponse answer) {
        boolean hasBody = answer.status() != 204 && answer.status() != 304;
        return hasBody ? answer.headers().firstValueAsLong("Content-Length").orElse(-1) : 0;
    }

    private static Response.Builder error(OpenAiError error) {
        Response.Builder answer = json(error.status(), error.json());
        error.headers().forEach(answer::header);
        return answer;
    }

    private static Response.Builder json(int status, byte[] body) {
        return new Response.Builder()
                .code(status)
                .header("Content-Type", JSON.toString())
                .body(ResponseBody.create(body, JSON));
    }

    /** What ends a call before its answer does: its cancellation and its client's timeouts, which bound each wait. */
    private static final class Bounds extends AsyncTimeout {
        final Cancellation cancellation = new Cancellation();
        private final Call call;
        private volatile boolean expired;

        private Bounds(Call call) {
            this.call = call;
        }

        /** OkHttp itself holds a call to its timeout only until the answer begins, if no connection is OkHttp's. */
        static Bounds of(Chain chain) {
            Call call = chain.call();
            Bounds bounds = new Bounds(call);
            bounds.timeout(chain.readTimeoutMillis(), TimeUnit.MILLISECONDS);
            long callTimeout = call.timeout().timeoutNanos();
            if (callTimeout > 0) {
                bounds.deadlineNanoTime(System.nanoTime() + callTimeout);
            }
            bounds.listen();
            return bounds;
        }

        private void listen() {
            call.addEventListener(new EventListener() {
                @Override
                public void canceled(Call canceled) {
                    cancellation.cancel();
                }
            });
            if (call.isCanceled()) {
                cancellation.cancel();
            }
        }

        @Override
        protected void timedOut() {
            expired = true;
            cancellation.cancel();
        }

        /** Why a wait was ended, as OkHttp says it; the failure itself if these bounds did not end it. */
        IOException reason(Exception failure) {
            if (expired) {
                return caused(new SocketTimeoutException("timeout"), failure);
            }
            if (call.isCanceled()) {
                return new IOException("Canceled", failure);
            }
            return failure instanceof IOException broken
                    ? broken
                    : caused(new InterruptedIOException("interrupted"), failure);
        }

        private static IOException caused(IOException reason, Exception cause) {
            reason.initCause(cause);
            return reason;
        }
    }

    /** The body of a routed answer. Owns the answer. */
    private static final class Body extends ForwardingSource {
        private final InferenceResponse answer;
        private final Bounds bounds;

        Body(InferenceResponse answer, Bounds bounds) {
            super(Okio.source(answer.body()));
            this.answer = answer;
            this.bounds = bounds;
        }

        @Override
        public long read(Buffer sink, long byteCount) throws IOException {
            bounds.enter();
            try {
                return super.read(sink, byteCount);
            } catch (IOException e) {
                throw bounds.reason(e);
            } finally {
                boolean unused = bounds.exit();
            }
        }

        @Override
        public Timeout timeout() {
            return bounds;
        }

        @Override
        public void close() {
            answer.close();
        }
    }
}
