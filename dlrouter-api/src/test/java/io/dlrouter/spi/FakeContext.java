package io.dlrouter.spi;

import io.dlrouter.Role;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * A request of which a strategy sees what a test says; its body has no members, and its clock stands still.
 *
 * @param sessionKey what ties it to others
 * @param model what it names
 * @param role what a node is chosen for
 * @param headers the client's
 * @param prompt what the engine will be given to read
 * @param nanoTime what the router's clock shows
 */
public record FakeContext(String sessionKey, String model, Role role, HttpHeaders headers, Prompt prompt, long nanoTime)
        implements RoutingContext {

    /** A request to a hybrid node. */
    public static FakeContext ofSession(String key) {
        HttpHeaders none = HttpHeaders.of(Map.of(), (name, value) -> true);
        return new FakeContext(key, "model", Role.HYBRID, none, Prompt.EMPTY, 0);
    }

    /** The same request with this prompt. */
    public FakeContext withPrompt(Prompt newPrompt) {
        return new FakeContext(sessionKey, model, role, headers, newPrompt, nanoTime);
    }

    /** The same request at another time. */
    public FakeContext at(long newNanoTime) {
        return new FakeContext(sessionKey, model, role, headers, prompt, newNanoTime);
    }

    @Override
    public String route() {
        return "/v1/chat/completions";
    }

    @Override
    public String requestId() {
        return "request";
    }

    @Override
    public Optional<ByteBuffer> member(String name) {
        return Optional.empty();
    }
}
