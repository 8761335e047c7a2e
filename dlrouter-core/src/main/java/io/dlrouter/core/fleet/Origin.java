package io.dlrouter.core.fleet;

import java.time.Duration;
import java.util.Optional;

/**
 * How a node came into the table.
 *
 * @param kept whether it is written to the node table's file
 * @param lifetime how long it stays without a sign of life; empty: for ever
 */
public record Origin(boolean kept, Optional<Duration> lifetime) {
    /** The configuration, which names it again after a restart. */
    public static final Origin CONFIGURED = new Origin(false, Optional.empty());
    /** An operator, or the engine itself, once. */
    public static final Origin REGISTERED = new Origin(true, Optional.empty());

    /** The origin of a node that comes in this way as well: what lasts stands. */
    public Origin or(Origin other) {
        return lifetime.isPresent() ? other : this;
    }

    /** A word that is said again and again. */
    public static Origin announced(Duration lifetime) {
        return new Origin(false, Optional.of(lifetime));
    }
}
