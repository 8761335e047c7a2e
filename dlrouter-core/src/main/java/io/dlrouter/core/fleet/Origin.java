package io.dlrouter.core.fleet;

import java.time.Duration;
import java.util.Optional;

/**
 * How a node was registered.
 *
 * @param kept whether it is persisted
 * @param lifetime how long it stays without a sign of life; empty for ever
 */
public record Origin(boolean kept, Optional<Duration> lifetime) {
    /** The configuration, which registers it again after a restart. */
    public static final Origin CONFIGURED = new Origin(false, Optional.empty());
    /** An operator, or the engine itself, once. */
    public static final Origin REGISTERED = new Origin(true, Optional.empty());

    /** The combination with another origin; the more permanent one counts. */
    public Origin or(Origin other) {
        return lifetime.isPresent() ? other : this;
    }

    /** A repeated announcement. */
    public static Origin announced(Duration lifetime) {
        return new Origin(false, Optional.of(lifetime));
    }
}
