package io.dlrouter.server;

import static java.util.stream.Collectors.toSet;

import io.dlrouter.server.http.ServerSettings;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/**
 * The CORS headers of every route, for web pages of certain origins. Keys are sent in a header that the page sets,
 * so cookies are not supported.
 */
final class CrossOrigin extends CrossOriginHandler {
    CrossOrigin(List<String> origins) {
        setAllowedOriginPatterns(origins.stream().map(CrossOrigin::pattern).collect(toSet()));
        setAllowedMethods(Set.of("GET", "HEAD", "POST", "DELETE"));
        setAllowedHeaders(Set.of("*", "Authorization"));
        setExposedHeaders(Set.of("X-Request-Id", "Retry-After", "x-dlrouter-error", ServerSettings.NODE_HEADER));
    }

    private static String pattern(String origin) {
        return origin.equals("*") ? origin : Pattern.quote(origin);
    }
}
