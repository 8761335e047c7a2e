package io.dlrouter.simulator;

import java.util.Optional;
import java.util.function.Function;

/** The {@code /distserve} routes of an LMDeploy engine, and those by which two simulated ones talk of a transfer. */
final class DistServeRoutes {
    private static final String PREFIX = "POST /distserve/";

    private final EngineState engine;
    private final DistServe self;
    private final Handshake handshake;

    DistServeRoutes(EngineState engine, DistServe self) {
        this.engine = engine;
        this.self = self;
        this.handshake = new Handshake(engine, self);
    }

    void addTo(Routes routes) {
        routes.add("GET /distserve/engine_info", request -> info());
        routes.add(PREFIX + "p2p_initialize", strictly(this::initialize));
        routes.add(PREFIX + "p2p_connect", strictly(this::connect));
        routes.add(PREFIX + "p2p_drop_connect", strictly(this::drop));
        routes.add(PREFIX + "free_cache", strictly(this::free));
        routes.add("POST " + Peer.PATH, request -> link(StrictJson.of(request.text())));
        routes.add("POST " + Takeover.PATH, request -> adopt(Takeover.of(request.text())));
    }

    private Function<RecordedRequest, Answer> strictly(Function<StrictJson, Answer> route) {
        return request -> {
            self.requireAlive();
            try {
                return route.apply(StrictJson.of(request.text()));
            } catch (IllegalArgumentException wrong) {
                throw engine.violation(400, request.path() + ": " + wrong.getMessage());
            }
        };
    }

    private Answer info() {
        self.requireAlive();
        self.links().toldInfo();
        return self.options().plainInfo()
                ? Answer.text(200, "application/json", self.config())
                : Answer.json(200, self.config());
    }

    private Answer initialize(StrictJson asked) {
        return Answer.text(200, "application/json", handshake.initialize(asked));
    }

    private Answer connect(StrictJson asked) {
        String peer = handshake.connect(asked);
        return Answer.json(200, Json.object("status", 1))
                .then(() -> self.links().confirm(peer));
    }

    private Answer drop(StrictJson asked) {
        requireSelf("engine_id", asked);
        self.links().drop(asked.text("remote_engine_id"));
        return Answer.json(200, Json.object("success", true));
    }

    private Answer free(StrictJson asked) {
        requireSelf("remote_engine_id", asked);
        long session = asked.natural("remote_session_id");
        self.sessions()
                .free(session)
                .ifPresent(wrong -> engine.log()
                        .violated("free_cache: session " + session + ", " + wrong
                                + " (expected: one that this engine issued)"));
        return Answer.json(200, Json.object("status", "SUCCESS"));
    }

    private void requireSelf(String member, StrictJson asked) {
        String id = asked.text(member);
        if (!id.equals(self.url())) {
            throw engine.violation(400, member + ": " + id + " (expected: " + self.url() + ", the engine called)");
        }
    }

    private Answer link(StrictJson asked) {
        return Answer.json(200, Peer.answer(self, asked.text("url")));
    }

    private Answer adopt(Takeover takeover) {
        Optional<String> refusal = takeover.from(self);
        refusal.ifPresent(reason -> engine.log().violated("takeover: " + reason));
        return Answer.json(refusal.isEmpty() ? 200 : 409, Json.object("outcome", refusal.orElse("adopted")));
    }
}
