package io.dlrouter.core.fleet;

import java.util.OptionalLong;

/**
 * The size of a node's KV cache. The engine is asked when a strategy first needs it, and again after a restart. Safe
 * for use by many threads.
 */
public final class KvCacheSize {
    private static final int NEVER = -1;

    private volatile Known known = new Known(NEVER, OptionalLong.empty());
    private volatile boolean wanted;

    /** The report of one incarnation of the engine. */
    private record Known(int incarnation, OptionalLong tokens) {}

    /**
     * The reported size, or that of the previous incarnation until the engine has been asked; requests that it is
     * asked.
     */
    OptionalLong tokens(int incarnation) {
        Known now = known;
        if (now.incarnation != incarnation && !wanted) {
            wanted = true;
        }
        return now.tokens;
    }

    /** Whether the engine has to be asked. */
    public boolean isWanted(int incarnation) {
        return wanted && known.incarnation != incarnation;
    }

    /** Records the response of the engine, which may lack the size. */
    public void learn(int incarnation, OptionalLong tokens) {
        known = new Known(incarnation, tokens);
        wanted = false;
    }
}
