package io.dlrouter.simulator;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a user may ask of the simulator itself over HTTP. */
final class SimulatorRoutes {
    private final EngineState engine;

    SimulatorRoutes(EngineState engine) {
        this.engine = engine;
    }

    void addTo(Routes routes) {
        routes.add("POST /simulator/fault", this::inject);
        routes.add("DELETE /simulator/fault", request -> clear());
        routes.add("POST " + KvSource.PULL_PATH, this::pull);
        routes.add("GET /simulator/requests", request -> counts());
    }

    private Answer inject(RecordedRequest request) {
        JsonBody spec = JsonBody.of(request);
        try {
            if ("refuse".equals(spec.any("kind"))) {
                return ok().then(refuseFor(FaultSpec.duration(spec)));
            }
            engine.faults().add(FaultSpec.fault(spec));
            return ok();
        } catch (IllegalArgumentException wrong) {
            throw EngineErrorException.badRequest(String.valueOf(wrong.getMessage()));
        }
    }

    private Runnable refuseFor(Duration duration) {
        return () -> {
            engine.listener().stop();
            CompletableFuture.delayedExecutor(duration.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(engine.listener()::restart);
        };
    }

    private Answer pull(RecordedRequest request) {
        String id = request.header("x-request-id").orElse("");
        KvPull outcome = engine.kv().pull(request.text(), id);
        if (outcome.isViolation()) {
            engine.log().violated("kv pull: " + outcome + " for request " + id + ": " + request.text());
        }
        return Answer.json(outcome.status(), Json.object("outcome", outcome.toString()));
    }

    private Answer clear() {
        engine.faults().clear();
        return ok();
    }

    private Answer counts() {
        EngineLog log = engine.log();
        Map<String, @Nullable Object> counts = Json.object(
                "engine", engine.name(),
                "total", log.requestCount(),
                "running", log.running(),
                "connections", engine.listener().connections(),
                "disconnects", log.disconnectCount(),
                "violations", log.violations(),
                "kv", kv(engine.kv().blocks()),
                "rooms", rooms(engine.rooms().counts()),
                "by_path", log.routes());
        engine.distServe().ifPresent(self -> {
            counts.put("links", links(self.links().counts()));
            counts.put("sessions", sessions(self.sessions().counts()));
        });
        return Answer.json(200, counts);
    }

    private static Map<String, @Nullable Object> kv(KvBlocks blocks) {
        return Json.object(
                "issued", blocks.issued(),
                "pulled", blocks.pulled(),
                "expired", blocks.expired(),
                "held", blocks.held(),
                "double_spends", blocks.doubleSpends(),
                "local_prefills", blocks.localPrefills());
    }

    private static Map<String, @Nullable Object> rooms(RoomCounts counts) {
        return Json.object(
                "met", counts.met(),
                "leaked", counts.leaked(),
                "waiting", counts.waiting(),
                "ended", counts.ended(),
                "lost", counts.lost());
    }

    private static Map<String, @Nullable Object> links(LinkCounts counts) {
        return Json.object(
                "standing", counts.standing(),
                "infos", counts.infos(),
                "initialized", counts.initialized(),
                "connected", counts.connected(),
                "dropped", counts.dropped());
    }

    private static Map<String, @Nullable Object> sessions(SessionCounts counts) {
        return Json.object(
                "issued", counts.issued(),
                "alive", counts.alive(),
                "adopted", counts.adopted(),
                "freed", counts.freed(),
                "freed_again", counts.freedAgain(),
                "freed_unknown", counts.freedUnknown(),
                "freed_stale", counts.freedStale());
    }

    private static Answer ok() {
        return Answer.json(200, Json.object("status", "ok"));
    }
}
