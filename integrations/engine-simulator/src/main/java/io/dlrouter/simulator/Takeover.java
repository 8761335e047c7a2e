package io.dlrouter.simulator;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * A decode engine's word to a prefill engine that it has the cache of a session, which the other then frees. It stands
 * for the message that real engines send over ZeroMQ.
 *
 * @param decode the URL of the decode engine
 * @param incarnation the life of the prefill engine that the link leads to
 */
record Takeover(String decode, long incarnation, Session session) {
    /** Where a prefill engine is told: a POST of this in JSON. */
    static final String PATH = "/simulator/distserve/adopt";

    static Takeover of(String text) {
        StrictJson said = StrictJson.of(text);
        Session session = new Session(said.natural("session"), said.natural("token"), said.naturals("blocks"));
        return new Takeover(said.text("decode"), said.natural("incarnation"), session);
    }

    /** Tells the prefill engine; gives what is wrong, if it is. */
    Optional<String> tell(Network network, String prefill) throws IOException {
        String body = Json.text(Json.object(
                "decode", decode,
                "incarnation", incarnation,
                "session", session.id(),
                "token", session.token(),
                "blocks", session.blocks()));
        PeerAnswer answer = PeerAnswer.toPost(network, HostPort.ofUrl(prefill), PATH, body, Map.of());
        return answer.status() == 200
                ? Optional.empty()
                : Optional.of(StrictJson.of(answer.body()).text("outcome"));
    }

    /** Takes the cache from this engine; gives what is wrong, if it is. */
    Optional<String> from(DistServe prefill) {
        if (incarnation != prefill.incarnation()) {
            return wrong("linked in life " + incarnation + " of " + prefill.url() + " (expected: "
                    + prefill.incarnation() + ", a link anew after a restart)");
        }
        if (prefill.links().with(decode).filter(Link::connected).isEmpty()) {
            return wrong("not linked on the side of " + prefill.url() + " (expected: p2p_connect on both sides)");
        }
        return prefill.sessions()
                .adopt(session)
                .map(reason -> session + ": " + reason + " by " + prefill.url()
                        + " (expected: alive there, and named as issued)");
    }

    private Optional<String> wrong(String reason) {
        return Optional.of(session + ": " + reason);
    }
}
