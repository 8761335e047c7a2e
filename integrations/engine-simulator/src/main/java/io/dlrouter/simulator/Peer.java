package io.dlrouter.simulator;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What another simulated LMDeploy engine says of itself and of its side of the link with the one that asks.
 *
 * @param config what its {@code engine_info} tells in this life
 * @param endpoint what it responded to {@code p2p_initialize}, if the link is initialized
 */
record Peer(
        String role,
        long incarnation,
        StrictJson config,
        Optional<StrictJson> endpoint,
        boolean connected,
        boolean confirmed) {

    /** Where another engine is asked: a POST of the {@code url} of the one that asks. */
    static final String PATH = "/simulator/distserve/link";

    static Peer ask(Network network, String url, String asker) throws IOException {
        PeerAnswer answer =
                PeerAnswer.toPost(network, HostPort.ofUrl(url), PATH, Json.text(Json.object("url", asker)), Map.of());
        if (answer.status() != 200) {
            throw new IOException(url + ": " + answer + " (expected: a simulated LMDeploy engine)");
        }
        StrictJson said = StrictJson.of(answer.body());
        return new Peer(
                said.text("role"),
                said.natural("incarnation"),
                said.object("config"),
                Optional.ofNullable(said.any("endpoint")).map(StrictJson.class::cast),
                said.flag("connected"),
                said.flag("confirmed"));
    }

    /** The same; empty when it cannot be asked. */
    static Optional<Peer> find(Network network, String url, String asker) {
        try {
            return Optional.of(ask(network, url, asker));
        } catch (IOException unreachable) {
            return Optional.empty();
        }
    }

    /** What an engine says to a peer that asks. */
    static Map<String, @Nullable Object> answer(DistServe engine, String asker) {
        Optional<Link> link = engine.links().with(asker);
        return Json.object(
                "role", engine.role().toString(),
                "incarnation", engine.incarnation(),
                "config", new RawJson(engine.config()),
                "endpoint", link.map(Link::endpoint).orElse(null),
                "connected", link.filter(Link::connected).isPresent(),
                "confirmed", link.filter(Link::confirmed).isPresent());
    }
}
