package com.example.consumer;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.TwoStage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How the engine hands a KV cache over: prefill keeps it under the id of the attempt, and decode fetches it by that. */
final class HouseTransfer implements TwoStage {
    /** The member that names the cache, in requests and in responses. */
    static final String CACHE = "house_cache";

    @Override
    public Set<String> hiddenMembers() {
        return Set.of(CACHE);
    }

    @Override
    public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
        return Optional.empty();
    }

    @Override
    public NodeRequest prefill(PdAttempt attempt) {
        return request(
                attempt,
                BodyEdit.NONE.removing("stream_options").setting("stream", "false").setting("max_tokens", "1"));
    }

    @Override
    public Handover handover(PdAttempt attempt, JsonMembers response) {
        return response.member(CACHE).isEmpty()
                ? Handover.ofNothing(request(attempt, BodyEdit.NONE))
                : Handover.of(request(attempt, BodyEdit.NONE), Handover.Receiver.ANY, Duration.ofSeconds(30));
    }

    @Override
    public Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
        return response.member(CACHE).map(cache -> new EngineCall("/house/free", id(attempt)));
    }

    private static NodeRequest request(PdAttempt attempt, BodyEdit edit) {
        return new NodeRequest(Map.of("X-Request-Id", attempt.id()), edit.setting(CACHE, id(attempt)));
    }

    private static String id(PdAttempt attempt) {
        return "{\"id\":\"" + attempt.id() + "\"}";
    }
}
