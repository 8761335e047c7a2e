package io.dlrouter.okhttp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.core.openai.ApiDialect;
import io.dlrouter.core.openai.Explanation;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.openai.ModelList;
import io.dlrouter.core.openai.OpenAiError;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;
import okio.Okio;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes the calls of an OkHttp client, or of a client library built on OkHttp, in process: calls to one host go through a
 * {@link Router}, other calls are not affected. Add it with {@code addInterceptor}; requires OkHttp 5.4 or newer.
 * Responses equal those of the gateway, including the router's own errors, except that a stream that fails makes the read
 * fail.
 *
 * <p>Responses stream as they arrive. Closing a body, cancelling its call, and the client's read and call timeouts end the
 * work on the node at once; a call that waits for its response then fails as any call of OkHttp. OkHttp's defaults are low
 * for a fleet: 10 s without a byte, and five asynchronous calls at a time to one host. The request body is read completely,
 * because it may be sent to another node; a duplex body is rejected. OkHttp does not report when a call began: once the
 * response has begun, the time that earlier interceptors took is added to the call timeout.
 *
 * <p>Safe for use by many threads and clients. The caller closes the router.
 *
 * <pre>{@code
 * OkHttpClient client = new OkHttpClient.Builder()
 *         .addInterceptor(RouterInterceptor.of(router))
 *         .build();
 * client.newCall(new Request.Builder().url("http://dlrouter/v1/chat/completions").post(body).build()).execute();
 * }</pre>
 */
public final class RouterInterceptor implements Interceptor {
    private static final String HOST = "dlrouter";
    private static final String REQUEST_ID = "X-Request-Id";
    private static final MediaType JSON = MediaType.get("application/json");
    private static final Pattern AMBIGUOUS = Pattern.compile("[/\\\\%\\p{Cntrl}\uFFFD]|^\\.{1,2};");
    private static final Logger LOG = LoggerFactory.getLogger(RouterInterceptor.class);

    private final Router router;
    private final String host;
    private final long createdAt = System.currentTimeMillis() / 1000;

    private RouterInterceptor(Router router, String host) {
        OkHttpVersion.check();
        this.router = router;
        this.host = new HttpUrl.Builder().scheme("http").host(host).build().host();
    }

    /**
     * An interceptor of calls to {@code http://dlrouter/}.
     *
     * @throws IllegalStateException if OkHttp older than 5.4 comes first on the class path
     */
    public static RouterInterceptor of(Router router) {
        return of(router, HOST);
    }

    /**
     * An interceptor of calls to a host, with any scheme and port.
     *
     * @throws IllegalArgumentException if the host name is invalid
     * @throws IllegalStateException if OkHttp older than 5.4 comes first on the class path
     */
    public static RouterInterceptor of(Router router, String host) {
        return new RouterInterceptor(router, host);
    }

    /**
     * Routes a call, or passes it on.
     *
     * @throws IOException if a routed call is cancelled, exceeds a timeout of the client, or has a duplex body
     */
    @Override
    public Response intercept(Chain chain) throws IOException {
        Request request = chain.request();
        if (!request.url().host().equals(host)) {
            return chain.proceed(request);
        }
        long sentAt = System.currentTimeMillis();
        return response(chain)
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .message("")
                .sentRequestAtMillis(sentAt)
                .receivedResponseAtMillis(System.currentTimeMillis())
                .build();
    }

    private Response.Builder response(Chain chain) throws IOException {
        HttpUrl url = chain.request().url();
        String method = chain.request().method();
        String path = path(url);
        Optional<String> model = InferencePaths.modelId(path);
        if (model.isPresent()) {
            return card(method, model.get(), url);
        }
        if (isAmbiguous(url)) {
            return error(OpenAiError.of(ambiguous(url)), url);
        }
        if (InferencePaths.isRouted(method, path)) {
            return routed(chain);
        }
        if (InferencePaths.isPostOnly(path)) {
            return error(OpenAiError.methodNotAllowed(method, path, "POST"), url);
        }
        return InferencePaths.isModelList(path) ? models(method, url) : error(OpenAiError.notFound(path), url);
    }

    /** Whether two parsers may read the path differently. The gateway rejects the same paths. */
    private static boolean isAmbiguous(HttpUrl url) {
        return url.pathSegments().stream()
                .anyMatch(segment -> AMBIGUOUS.matcher(segment).find());
    }

    private static InvalidRequestException ambiguous(HttpUrl url) {
        return new InvalidRequestException(
                "Ambiguous path: " + url.encodedPath()
                        + " (expected: none with an encoded slash, backslash, percent sign or control character, a byte"
                        + " that is not UTF-8, or dots before a semicolon)",
                null);
    }

    /** Decoded, as an engine reads it: another spelling of a letter is not another path. */
    private static String path(HttpUrl url) {
        return InferencePaths.singleSlashes("/" + String.join("/", url.pathSegments()));
    }

    private Response.Builder models(String method, HttpUrl url) {
        return switch (method) {
            case "GET" -> json(200, ModelList.json(router.models(), createdAt).getBytes(UTF_8));
            case "HEAD" -> json(200, new byte[0]);
            default -> error(OpenAiError.methodNotAllowed(method, path(url), "GET, HEAD"), url);
        };
    }

    /** The name of a model may have slashes, encoded ones too. */
    private Response.Builder card(String method, String model, HttpUrl url) {
        Optional<String> card = ModelList.card(router.models(), model, createdAt);
        if (card.isEmpty()) {
            return error(OpenAiError.modelNotFound(model), url);
        }
        return switch (method) {
            case "GET" -> json(200, card.get().getBytes(UTF_8));
            case "HEAD" -> json(200, new byte[0]);
            default -> error(OpenAiError.methodNotAllowed(method, path(url), "GET, HEAD"), url);
        };
    }

    private Response.Builder routed(Chain chain) throws IOException {
        InferenceRequest request = inference(chain.request());
        CallBounds bounds = CallBounds.of(chain);
        bounds.enter();
        try {
            return passedOn(router.route(request, bounds.cancellation()), bounds);
        } catch (RequestCancelledException e) {
            throw bounds.reason(e);
        } catch (RouterException e) {
            return error(OpenAiError.of(e), chain.request());
        } catch (RuntimeException e) {
            LOG.error("A request to {} failed in the router", request.path(), e);
            return error(OpenAiError.internal(), chain.request());
        } finally {
            boolean unused = bounds.exit();
        }
    }

    private static InferenceRequest inference(Request request) throws IOException {
        HttpUrl url = request.url();
        String path = InferencePaths.singleSlashes(url.encodedPath());
        InferenceRequest inference = InferenceRequest.of(
                        request.method(),
                        url.encodedQuery() == null ? path : path + "?" + url.encodedQuery(),
                        bytes(request.body()))
                .withHeaders(headers(request));
        return Explanation.isAsked(request.header(Explanation.QUESTION)) ? inference.explained() : inference;
    }

    private static byte[] bytes(@Nullable RequestBody body) throws IOException {
        Buffer bytes = new Buffer();
        if (body != null) {
            if (body.isDuplex()) {
                throw new ProtocolException(
                        "a duplex request body (expected: one that ends before the response begins)");
            }
            body.writeTo(bytes);
        }
        return bytes.readByteArray();
    }

    /** The type of a body is part of it, and becomes a header only later in the client's chain. */
    private static HttpHeaders headers(Request request) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        request.headers()
                .forEach(header -> headers.computeIfAbsent(header.getFirst(), name -> new ArrayList<>(1))
                        .add(asBytes(header.getSecond())));
        Optional.ofNullable(request.body())
                .map(RequestBody::contentType)
                .ifPresent(type -> headers.put("Content-Type", List.of(asBytes(type.toString()))));
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    /** The value that OkHttp sends for a header, in the router's form: each byte a character. */
    private static String asBytes(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    /** The value of a header as OkHttp reads it, from the router's form. */
    private static String asText(String bytes) {
        return new String(bytes.getBytes(ISO_8859_1), UTF_8);
    }

    private static Response.Builder passedOn(InferenceResponse response, CallBounds bounds) {
        Headers.Builder headers = new Headers.Builder();
        response.headers()
                .map()
                .forEach((name, values) -> values.forEach(value -> headers.addUnsafeNonAscii(name, asText(value))));
        if (OpenAiError.isPressure(response.status()) && headers.get("Retry-After") == null) {
            OpenAiError.retryLater().forEach(headers::add);
        }
        headers.removeAll(Explanation.RESPONSE);
        Explanation.of(response.decisions()).forEach(why -> headers.addUnsafeNonAscii(Explanation.RESPONSE, why));
        MediaType type = response.headers()
                .firstValue("Content-Type")
                .map(MediaType::parse)
                .orElse(null);
        RoutedBody body = new RoutedBody(response, bounds);
        return new Response.Builder()
                .code(response.status())
                .headers(headers.build())
                .body(ResponseBody.create(Okio.buffer(body), type, length(response)));
    }

    /** A response without a body may still have a length. */
    private static long length(InferenceResponse response) {
        boolean hasBody = response.status() != 204 && response.status() != 304;
        return hasBody ? response.headers().firstValueAsLong("Content-Length").orElse(-1) : 0;
    }

    /** An error with the request id of the client. */
    private static Response.Builder error(OpenAiError error, Request request) {
        Headers.Builder headers = new Headers.Builder();
        error.headers().forEach(headers::add);
        Optional.ofNullable(request.header(REQUEST_ID)).ifPresent(id -> headers.addUnsafeNonAscii(REQUEST_ID, id));
        return error(error, request.url()).headers(headers.build());
    }

    /** An error in the shape that clients of the path expect. */
    private static Response.Builder error(OpenAiError error, HttpUrl url) {
        Response.Builder response =
                json(error.status(), ApiDialect.of(path(url)).errorBody(error));
        error.headers().forEach(response::header);
        return response;
    }

    private static Response.Builder json(int status, byte[] body) {
        return new Response.Builder()
                .code(status)
                .header("Content-Type", JSON.toString())
                .body(ResponseBody.create(body, JSON));
    }
}
