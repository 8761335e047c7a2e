package io.dlrouter.simulator;

/** What an engine says about itself on {@code /health}; each kind says it in its own way. */
public enum Health {
    /** It serves. */
    READY,
    /** The port listens, the model is not loaded yet. */
    INITIALIZING,
    /** Alive with its weights unloaded: healthy by its word, but inference responses 503. */
    SLEEPING,
    /** It is broken, and says so. */
    UNHEALTHY,
    /** An engine too old to have the route: 404. */
    ABSENT
}
