package io.dlrouter.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Handler;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that open a group of routes; without keys the routes are open to all. How long a check takes says nothing
 * about a key, except its length. Immutable.
 */
public final class ApiKeys {
    private static final String BEARER = "Bearer ";

    private final List<byte[]> keys;

    private ApiKeys(List<byte[]> keys) {
        this.keys = keys;
    }

    public static ApiKeys of(Collection<String> keys) {
        return new ApiKeys(keys.stream().map(key -> key.getBytes(UTF_8)).toList());
    }

    /** Whether a key is required. */
    public boolean required() {
        return !keys.isEmpty();
    }

    /**
     * Whether a caller may pass.
     *
     * @param authorization the header {@code Authorization}, if the caller sent one
     */
    public boolean accept(@Nullable String authorization) {
        return !required() || (authorization != null && matchesAny(token(authorization)));
    }

    /** The handler, closed to all who have no key. */
    public Handler guard(Handler handler) {
        return ctx -> {
            if (accept(ctx.header("Authorization"))) {
                handler.handle(ctx);
            } else {
                ErrorResponse.unauthorized().send(ctx);
            }
        };
    }

    private static byte[] token(String authorization) {
        return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip().getBytes(UTF_8)
                : new byte[0];
    }

    /** Compares with every key, also when one has matched. */
    private boolean matchesAny(byte[] token) {
        boolean matches = false;
        for (byte[] key : keys) {
            matches |= MessageDigest.isEqual(key, token);
        }
        return matches;
    }
}
