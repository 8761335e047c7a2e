package io.dlrouter.simulator;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an LMDeploy prefill engine says which session keeps the cache of a response. */
public enum CacheOwner {
    /** In {@code cache_session_id}; the {@code id} is of no use. */
    CACHE_SESSION_ID,
    /** In {@code id} as digits, as engines up to 0.11 do. */
    NUMERIC_ID,
    /** Nowhere, as engines from 0.15 to 0.17 do. */
    UNKNOWN;

    Map<String, @Nullable Object> members(long session) {
        return switch (this) {
            case CACHE_SESSION_ID -> Json.object("cache_session_id", session);
            case NUMERIC_ID -> Json.object("id", Long.toString(session));
            case UNKNOWN -> Map.of();
        };
    }
}
