package io.dlrouter.simulator;

import java.util.List;
import java.util.Set;

/** The {@code migration_request} of a decode request: where the cache of its prompt is, exactly six members. */
record MigrationOrder(String prefill, Session session, boolean isDummy) {
    static final String MEMBER = "migration_request";

    private static final Session NONE = new Session(0, 0, List.of());
    private static final String NOBODY = "dummy:dummy";
    private static final Set<String> MEMBERS = Set.of(
            "protocol",
            "remote_engine_id",
            "remote_session_id",
            "remote_token_id",
            "remote_block_ids",
            "is_dummy_prefill");

    /**
     * The order as it is written.
     *
     * @throws IllegalArgumentException when it is of another form
     */
    static MigrationOrder of(StrictJson order, DistServeOptions options) {
        if (!order.members().keySet().equals(MEMBERS)) {
            throw new IllegalArgumentException(MEMBER + ": " + order + " (expected: " + MEMBERS + ")");
        }
        if (order.natural("protocol") != options.protocol()) {
            throw new IllegalArgumentException(
                    "protocol: " + order.natural("protocol") + " (expected: " + options.protocol() + ")");
        }
        Session session = new Session(
                order.natural("remote_session_id"),
                order.natural("remote_token_id"),
                order.naturals("remote_block_ids"));
        return checked(new MigrationOrder(order.text("remote_engine_id"), session, order.flag("is_dummy_prefill")));
    }

    private static MigrationOrder checked(MigrationOrder order) {
        boolean saysNothing = order.prefill.equals(NOBODY) && order.session.equals(NONE);
        if (order.isDummy && !saysNothing) {
            throw new IllegalArgumentException(
                    "is_dummy_prefill: true of " + order + " (expected: " + NOBODY + ", " + NONE + ")");
        }
        return order;
    }
}
