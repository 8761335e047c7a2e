package io.dlrouter.spi;

import io.dlrouter.Role;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/**
 * A request of which a strategy sees what a test says; its body has no members.
 *
 * @param sessionKey what ties it to others
 * @param model what it names
 * @param role what a node is chosen for
 * @param headers the client's
 */
public record FakeContext(String sessionKey, String model, Role role, HttpHeaders headers) implements RoutingContext {

    /** A request to a hybrid node. */
    public static FakeContext ofSession(String key) {
        return new FakeContext(key, "model", Role.HYBRID, HttpHeaders.of(Map.of(), (name, value) -> true));
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
