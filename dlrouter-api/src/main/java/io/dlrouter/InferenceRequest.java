package io.dlrouter;

import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request in OpenAI's format: a method, a path, headers and a body, which is JSON or a {@code multipart/form-data}
 * form. Immutable, except that the body is the caller's array, which is not copied and must not be changed while the
 * request is routed.
 */
public final class InferenceRequest {
    private static final HttpHeaders NONE = HttpHeaders.of(Map.of(), (name, value) -> true);

    private final String method;
    private final String path;
    private final HttpHeaders headers;
    private final byte[] body;
    private final @Nullable String client;
    private final boolean explained;

    private InferenceRequest(
            String method, String path, HttpHeaders headers, byte[] body, @Nullable String client, boolean explained) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path: " + path + " (expected: a path that begins with /)");
        }
        this.method = method;
        this.path = path;
        this.headers = headers;
        this.body = body;
        this.client = client;
        this.explained = explained;
    }

    /**
     * A {@code POST} without headers.
     *
     * @param path begins with a slash and may have a query; sent to the node unchanged
     * @param body a JSON object, or a form if a header {@code Content-Type: multipart/form-data} is added
     */
    public static InferenceRequest post(String path, byte[] body) {
        return of("POST", path, body);
    }

    /** A {@code GET} without headers, such as one of {@code /v1/responses/{id}}. */
    public static InferenceRequest get(String path) {
        return of("GET", path, new byte[0]);
    }

    /** A {@code DELETE} without headers, such as one of {@code /v1/responses/{id}}. */
    public static InferenceRequest delete(String path) {
        return of("DELETE", path, new byte[0]);
    }

    /**
     * A request without headers.
     *
     * @param method in capital letters
     * @param path begins with a slash, may have a query
     * @param body empty if the request has none
     */
    public static InferenceRequest of(String method, String path, byte[] body) {
        if (method.isEmpty() || !method.chars().allMatch(letter -> letter >= 'A' && letter <= 'Z')) {
            throw new IllegalArgumentException("method: " + method + " (expected: capital letters)");
        }
        return new InferenceRequest(method, path, NONE, body, null, false);
    }

    /**
     * This request with other headers. Hop-by-hop headers are not forwarded.
     *
     * @param newHeaders each character of a value is one byte (ISO-8859-1), as in {@link InferenceResponse#headers}; a
     *     request with a character above U+00FF is rejected with an {@link InvalidRequestException}
     */
    public InferenceRequest withHeaders(HttpHeaders newHeaders) {
        return new InferenceRequest(method, path, newHeaders, body, client, explained);
    }

    /**
     * This request with one more header.
     *
     * @param value as in {@link #withHeaders}
     */
    public InferenceRequest withHeader(String name, String value) {
        Map<String, List<String>> all = new HashMap<>(headers.map());
        List<String> values = new ArrayList<>(headers.allValues(name));
        values.add(value);
        all.keySet().removeIf(name::equalsIgnoreCase);
        all.put(name, values);
        return new InferenceRequest(method, path, HttpHeaders.of(all, (n, v) -> true), body, client, explained);
    }

    /**
     * This request with the name of its client, such as an address. It is meant for listeners and is never sent to a
     * node.
     */
    public InferenceRequest withClient(String name) {
        return new InferenceRequest(method, path, headers, body, name, explained);
    }

    /** This request, with an explanation of each node selection in {@link InferenceResponse#decisions()}. */
    public InferenceRequest explained() {
        return new InferenceRequest(method, path, headers, body, client, true);
    }

    /** The method, in capital letters. */
    public String method() {
        return method;
    }

    /** The path, possibly with a query. */
    public String path() {
        return path;
    }

    /** The headers of the client. */
    public HttpHeaders headers() {
        return headers;
    }

    /** The name of the client, if set. */
    public Optional<String> client() {
        return Optional.ofNullable(client);
    }

    /** Whether node selections are to be explained. */
    public boolean isExplained() {
        return explained;
    }

    /** The body: the caller's array, not a copy. */
    public byte[] body() {
        return body;
    }
}
