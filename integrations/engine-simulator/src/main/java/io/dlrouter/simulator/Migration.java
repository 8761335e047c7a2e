package io.dlrouter.simulator;

import java.io.IOException;
import java.util.Optional;

/**
 * The way of a cache from the prefill engine that a request names to this decode engine: after the head of a stream and
 * before its first output, or before a plain response. An order for no link, or of another number of blocks than the prompt has, ends the engine, as it
 * does the real one.
 */
final class Migration {
    private final EngineState engine;
    private final DistServe self;
    private final CompletionRequest asked;
    private final MigrationOrder order;

    Migration(EngineState engine, DistServe self, CompletionRequest asked, MigrationOrder order) {
        this.engine = engine;
        this.self = self;
        this.asked = asked;
        this.order = order;
    }

    /** The response with the migration in its place, an error instead of it when that fails. */
    Answer before(Answer answer) {
        return asked.streamed()
                ? answer.thenBody(
                        self.options().migrationTime(),
                        () -> failure()
                                .map(Migration::event)
                                .orElse(answer)
                                .pieces()
                                .iterator())
                : answer.after(self.options().migrationTime())
                        .onceMade(made -> failure().map(this::error).orElse(made));
    }

    private static Answer event(String failure) {
        return Answer.json(500, Json.object("error", LmdeployDialect.flatError(500, failure, null)))
                .asEvent();
    }

    private Answer error(String failure) {
        return engine.dialect().error(500, failure, null);
    }

    private Optional<String> failure() {
        Optional<Link> link = self.links().with(order.prefill()).filter(Link::connected);
        if (link.isEmpty()) {
            return death("no link with " + order.prefill() + " (expected: p2p_connect before)");
        }
        int blocks = Session.blockCount(asked, self.options());
        if (order.session().blocks().size() != blocks) {
            return death(
                    "remote_block_ids: " + order.session().blocks() + " (expected: " + blocks + " for the prompt)");
        }
        return takenOver(new Takeover(self.url(), link.get().peerLife().orElse(0L), order.session()));
    }

    private Optional<String> takenOver(Takeover takeover) {
        try {
            Optional<String> refusal = takeover.tell(self.network(), order.prefill());
            refusal.ifPresent(this::violated);
            return refusal;
        } catch (IOException unreachable) {
            return Optional.of("migration: " + unreachable);
        }
    }

    private Optional<String> death(String reason) {
        violated(reason);
        self.die();
        return Optional.of(reason);
    }

    private void violated(String reason) {
        engine.log().violated(MigrationOrder.MEMBER + ": " + reason);
    }
}
