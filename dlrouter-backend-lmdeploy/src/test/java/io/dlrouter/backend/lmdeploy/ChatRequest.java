package io.dlrouter.backend.lmdeploy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.Role;
import io.dlrouter.spi.RoutingContext;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A client's request of which a protocol sees what a test says.
 *
 * @param members JSON text by the name of the member
 */
record ChatRequest(Map<String, String> members) implements RoutingContext {

    /** A request of these names and values in turn. */
    static ChatRequest of(String... namesAndValues) {
        Map<String, String> members = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new ChatRequest(members);
    }

    @Override
    public String route() {
        return "/v1/chat/completions";
    }

    @Override
    public Optional<ByteBuffer> member(String name) {
        return Optional.ofNullable(members.get(name))
                .map(text -> ByteBuffer.wrap(text.getBytes(UTF_8)).asReadOnlyBuffer());
    }

    @Override
    public String model() {
        return "model";
    }

    @Override
    public Role role() {
        return Role.PREFILL;
    }

    @Override
    public HttpHeaders headers() {
        return HttpHeaders.of(Map.of(), (name, value) -> true);
    }

    @Override
    public String requestId() {
        return "made";
    }

    @Override
    public String sessionKey() {
        return "";
    }
}
