package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.spi.json.JsonValue;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A protocol in which prefill is told so by the member {@code prefill}, and responds with a member {@code kv} that goes
 * to decode as it stands. Both get the id of the attempt as {@code X-Request-Id}; prefill is told of its decode node by
 * {@code X-Decode}. A request with a member {@code alone} is for decode alone; one with {@code never} is refused, and one
 * with {@code broken} is beyond this protocol.
 *
 * @param lease how long a prefill node is said to hold its cache
 */
record PlainTwoStage(Receiver receiver, Duration lease, Duration grace, Set<String> unsplit) implements TwoStage {
    /** The option that names the paths, with commas, that decode serves alone. */
    static final String UNSPLIT = "plain_unsplit";

    /** The option that says which decode node may fetch a cache, by the name of the {@link Receiver}. */
    static final String RECEIVER = "plain_taker";
    /** The option that says how many milliseconds a prefill node holds its cache; an hour if it is not given. */
    static final String LEASE = "plain_lease_millis";

    /**
     * The option that says that a cache has to be released, by what prefill answered as {@code kv} posted to
     * {@code /back}, and for how many milliseconds decode may go on to fetch it when the client has disconnected.
     */
    static final String GRACE = "plain_grace_millis";

    private static final String KV = "kv";

    PlainTwoStage(Receiver receiver, Duration lease, Duration grace) {
        this(receiver, lease, grace, Set.of());
    }

    /** The protocol that these options ask for, if they do. */
    static Optional<PdProtocol> of(Map<String, String> options) {
        Duration lease = Duration.ofMillis(Long.parseLong(options.getOrDefault(LEASE, "3600000")));
        Duration grace = Duration.ofMillis(Long.parseLong(options.getOrDefault(GRACE, "0")));
        Set<String> unsplit = Set.of(options.getOrDefault(UNSPLIT, "/none").split(",", -1));
        return Optional.ofNullable(options.get(RECEIVER))
                .map(receiver -> new PlainTwoStage(Receiver.valueOf(receiver), lease, grace, unsplit));
    }

    @Override
    public boolean servesUnsplit(String route, NodeSpec decode) {
        return unsplit.contains(route);
    }

    @Override
    public Optional<EngineCall> release(PdAttempt attempt, JsonMembers response) {
        return grace.isZero()
                ? Optional.empty()
                : response.member(KV).map(kv -> new EngineCall("/back", "{\"back\":" + kv.text() + "}"));
    }

    @Override
    public Optional<String> objection(JsonMembers response) {
        return response.member("useless").map(value -> "useless: " + value.text() + " (expected: nothing)");
    }

    @Override
    public Set<String> hiddenMembers() {
        return Set.of(KV, "cluster");
    }

    @Override
    public Optional<NodeRequest> decodeAlone(RoutingContext request, NodeSpec decode) {
        if (request.member("never").isPresent()) {
            throw new InvalidRequestException("'never' is set (expected: nothing).", "never");
        }
        return request.member("alone").map(set -> NodeRequest.UNCHANGED);
    }

    @Override
    public NodeRequest prefill(PdAttempt attempt) {
        if (attempt.request().member("broken").isPresent()) {
            throw new IllegalStateException("broken");
        }
        return new NodeRequest(
                Map.of(
                        "X-Request-Id",
                        attempt.id(),
                        "X-Decode",
                        attempt.decode().address().toString()),
                BodyEdit.NONE.removing("stream").setting("prefill", "true"));
    }

    @Override
    public Handover handover(PdAttempt attempt, JsonMembers response) {
        String kv = response.member(KV).map(JsonValue::text).orElse("null");
        Map<String, String> headers = Map.of("X-Request-Id", attempt.id());
        if (kv.equals("null")) {
            return Handover.ofNothing(new NodeRequest(headers, BodyEdit.NONE));
        }
        if (!kv.startsWith("{")) {
            throw new BadNodeResponseException(
                    "kv of " + attempt.prefill().address() + ": " + kv + " (expected: an object)");
        }
        return Handover.of(new NodeRequest(headers, BodyEdit.NONE.setting(KV, kv)), receiver, lease);
    }
}
