package io.dlrouter.core.openai;

import java.util.Set;
import java.util.regex.Pattern;

/** Which paths are inference, to be routed to a node, and not the engine's own affairs, which are never forwarded. */
public final class InferencePaths {
    private static final Pattern SLASHES = Pattern.compile("/{2,}");
    private static final String MODELS = "/v1/models";
    private static final Set<String> OUTSIDE_V1 =
            Set.of("/generate", "/tokenize", "/detokenize", "/pooling", "/classify", "/score", "/rerank");
    private static final Set<String> CONTROL_IN_V1 = Set.of(MODELS, "/v1/load_lora_adapter", "/v1/unload_lora_adapter");

    private InferencePaths() {}

    /**
     * Whether a {@code POST} to this path is routed.
     *
     * @param path without dots to resolve, with single slashes
     */
    public static boolean contains(String path) {
        String route = withoutLastSlash(path);
        return route.startsWith("/v1/") ? !CONTROL_IN_V1.contains(route) : OUTSIDE_V1.contains(route);
    }

    /** Whether a {@code GET} of this path, with single slashes, asks for the {@link ModelList}. */
    public static boolean isModelList(String path) {
        return withoutLastSlash(path).equals(MODELS);
    }

    /** The path as it was meant: engines that are told of {@code http://router/} ask for {@code //nodes/add}. */
    public static String singleSlashes(String path) {
        return path.contains("//") ? SLASHES.matcher(path).replaceAll("/") : path;
    }

    /** The path of a request without its query and its trailing slash. */
    public static String route(String path) {
        int query = path.indexOf('?');
        return withoutLastSlash(query < 0 ? path : path.substring(0, query));
    }

    private static String withoutLastSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
