package io.dlrouter.server;

import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;

/** Which paths are inference, to be routed to a node, and not the engine's own affairs, which are never forwarded. */
final class InferencePaths {
    private static final Pattern SLASHES = Pattern.compile("/{2,}");
    private static final Set<String> OUTSIDE_V1 =
            Set.of("/generate", "/tokenize", "/detokenize", "/pooling", "/classify", "/score", "/rerank");
    private static final Set<String> CONTROL_IN_V1 =
            Set.of("/v1/models", "/v1/load_lora_adapter", "/v1/unload_lora_adapter");

    private InferencePaths() {}

    /** The path of a request, without its query. */
    static String of(Request request) {
        return singleSlashes(request.getHttpURI().getCanonicalPath());
    }

    /**
     * Whether a {@code POST} to this path is routed.
     *
     * @param path without dots to resolve, with single slashes
     */
    static boolean contains(String path) {
        String route = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return route.startsWith("/v1/") ? !CONTROL_IN_V1.contains(route) : OUTSIDE_V1.contains(route);
    }

    /** The path as it was meant: engines that are told of {@code http://router/} ask for {@code //nodes/add}. */
    static String singleSlashes(String path) {
        return path.contains("//") ? SLASHES.matcher(path).replaceAll("/") : path;
    }
}
