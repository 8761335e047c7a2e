package io.dlrouter.replay;

import io.dlrouter.Role;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.json.JsonValue;
import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;

/**
 * What a router knows of a request of a trace: its prompt. What ties it to others of its session is the beginning of
 * that, for a trace says nothing of sessions.
 *
 * @param number its place in the trace
 * @param nanoTime when it came
 */
record ReplayContext(int number, Prompt prompt, long nanoTime) implements RoutingContext {
    private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (name, value) -> true);

    /** The first block is the system's prompt, which all have in common. */
    private static final int BLOCKS_OF_SESSION = 2;

    @Override
    public String sessionKey() {
        int blocks = Math.min(BLOCKS_OF_SESSION, prompt.blocks());
        return blocks == 0 ? requestId() : Long.toHexString(prompt.block(blocks - 1));
    }

    @Override
    public String requestId() {
        return "request-" + number;
    }

    @Override
    public String model() {
        return "replay";
    }

    @Override
    public String route() {
        return "/v1/completions";
    }

    @Override
    public Role role() {
        return Role.HYBRID;
    }

    @Override
    public HttpHeaders headers() {
        return NO_HEADERS;
    }

    @Override
    public Optional<JsonValue> member(String name) {
        return Optional.empty();
    }
}
