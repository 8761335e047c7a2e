package io.dlrouter.testkit;

import io.dlrouter.Role;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.json.JsonValue;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request as strategies and protocols see it, with values that a test sets. By default a chat completion for a hybrid
 * node, without headers, members and prompt, at time 0. Immutable: each {@code with} method returns another request.
 */
public final class FakeRoutingContext implements RoutingContext {
    private static final String REQUEST_ID = "X-Request-Id";
    private static final HttpHeaders NO_HEADERS = headers(Map.of());
    private static final FakeRoutingContext PLAIN = new FakeRoutingContext(new Request(
            "/v1/chat/completions", "model", Role.HYBRID, "", NO_HEADERS, FakeMembers.of(), Prompt.EMPTY, 0));

    private final Request request;

    private FakeRoutingContext(Request request) {
        this.request = request;
    }

    /** A request of this session, with an empty body. */
    public static FakeRoutingContext ofSession(String sessionKey) {
        return PLAIN.withSessionKey(sessionKey);
    }

    /** A request whose body has alternating names and JSON texts. */
    public static FakeRoutingContext ofMembers(String... namesAndJson) {
        return PLAIN.with(FakeMembers.of(namesAndJson));
    }

    /** The same request with this session key. */
    public FakeRoutingContext withSessionKey(String sessionKey) {
        return new FakeRoutingContext(
                new Request(route(), model(), role(), sessionKey, headers(), request.members, prompt(), nanoTime()));
    }

    /** The same request to another path. */
    public FakeRoutingContext withRoute(String route) {
        return new FakeRoutingContext(
                new Request(route, model(), role(), sessionKey(), headers(), request.members, prompt(), nanoTime()));
    }

    /** The same request for another model. */
    public FakeRoutingContext withModel(String model) {
        return new FakeRoutingContext(
                new Request(route(), model, role(), sessionKey(), headers(), request.members, prompt(), nanoTime()));
    }

    /** The same request, for a node of this role. */
    public FakeRoutingContext withRole(Role role) {
        return new FakeRoutingContext(
                new Request(route(), model(), role, sessionKey(), headers(), request.members, prompt(), nanoTime()));
    }

    /** The same request with this header only. {@code X-Request-Id} sets {@link #requestId}. */
    public FakeRoutingContext withHeader(String name, String value) {
        return new FakeRoutingContext(new Request(
                route(),
                model(),
                role(),
                sessionKey(),
                headers(Map.of(name, List.of(value))),
                request.members,
                prompt(),
                nanoTime()));
    }

    /** The same request with another member, which replaces one of the same name. */
    public FakeRoutingContext withMember(String name, String json) {
        return with(request.members.with(name, json));
    }

    private FakeRoutingContext with(FakeMembers members) {
        return new FakeRoutingContext(
                new Request(route(), model(), role(), sessionKey(), headers(), members, prompt(), nanoTime()));
    }

    /** The same request with this prompt and an unchanged body. */
    public FakeRoutingContext withPrompt(Prompt prompt) {
        return new FakeRoutingContext(
                new Request(route(), model(), role(), sessionKey(), headers(), request.members, prompt, nanoTime()));
    }

    /** The same request at another time, in nanoseconds. */
    public FakeRoutingContext at(long nanoTime) {
        return new FakeRoutingContext(
                new Request(route(), model(), role(), sessionKey(), headers(), request.members, prompt(), nanoTime));
    }

    @Override
    public String model() {
        return request.model;
    }

    @Override
    public String route() {
        return request.route;
    }

    @Override
    public Role role() {
        return request.role;
    }

    /** The header {@code X-Request-Id}, else {@code made}. */
    @Override
    public String requestId() {
        return request.headers.firstValue(REQUEST_ID).orElse("made");
    }

    @Override
    public HttpHeaders headers() {
        return request.headers;
    }

    @Override
    public String sessionKey() {
        return request.sessionKey;
    }

    @Override
    public Prompt prompt() {
        return request.prompt;
    }

    @Override
    public long nanoTime() {
        return request.nanoTime;
    }

    @Override
    public Optional<JsonValue> member(String name) {
        return request.members.member(name);
    }

    @Override
    public String toString() {
        return request.toString();
    }

    private static HttpHeaders headers(Map<String, List<String>> values) {
        return HttpHeaders.of(values, (name, value) -> true);
    }

    /** What the request consists of. */
    private record Request(
            String route,
            String model,
            Role role,
            String sessionKey,
            HttpHeaders headers,
            FakeMembers members,
            Prompt prompt,
            long nanoTime) {}
}
