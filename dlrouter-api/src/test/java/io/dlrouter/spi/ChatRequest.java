package io.dlrouter.spi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.Role;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A client's request of which a protocol sees what a test says.
 *
 * @param members JSON text by the name of the member
 */
public record ChatRequest(String route, Map<String, String> members, HttpHeaders headers) implements RoutingContext {

    /** A chat without headers, of these names and values in turn. */
    public static ChatRequest of(String... namesAndValues) {
        Map<String, String> members = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            members.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new ChatRequest("/v1/chat/completions", members, HttpHeaders.of(Map.of(), (name, value) -> true));
    }

    /** The same with other members. */
    public ChatRequest with(Map<String, String> others) {
        return new ChatRequest(route, others, headers);
    }

    /** The same, sent to another place. */
    public ChatRequest to(String other) {
        return new ChatRequest(other, members, headers);
    }

    /** The same with this header alone. */
    public ChatRequest withHeader(String name, String value) {
        return new ChatRequest(route, members, HttpHeaders.of(Map.of(name, List.of(value)), (n, v) -> true));
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
    public String requestId() {
        return headers.firstValue("X-Request-Id").orElse("made");
    }

    @Override
    public String sessionKey() {
        return "";
    }

    @Override
    public Prompt prompt() {
        return Prompt.EMPTY;
    }

    @Override
    public long nanoTime() {
        return 0;
    }
}
