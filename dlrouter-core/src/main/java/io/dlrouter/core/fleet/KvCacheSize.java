package io.dlrouter.core.fleet;

import java.util.OptionalLong;

/**
 * How much the KV cache of a node's engine holds, which the engine is asked for once somebody wants to know, and once
 * again when it is another one. Safe for use by many threads.
 */
public final class KvCacheSize {
    private static final int NEVER = -1;

    private volatile Known known = new Known(NEVER, OptionalLong.empty());
    private volatile boolean wanted;

    /** What one incarnation of the engine said. */
    private record Known(int incarnation, OptionalLong tokens) {}

    /** What the engine said, or the one before it if it has not been asked yet; that it is asked is seen to. */
    OptionalLong tokens(int incarnation) {
        Known now = known;
        if (now.incarnation != incarnation && !wanted) {
            wanted = true;
        }
        return now.tokens;
    }

    /** Whether the engine is to be asked. */
    public boolean isWanted(int incarnation) {
        return wanted && known.incarnation != incarnation;
    }

    /** The engine has responded, and perhaps did not say it. */
    public void learn(int incarnation, OptionalLong tokens) {
        known = new Known(incarnation, tokens);
        wanted = false;
    }
}
