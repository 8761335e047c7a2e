package io.dlrouter.core.openai;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which paths are inference, to be routed to a node, and not the engine's own affairs, which are never forwarded. */
public final class InferencePaths {
    private static final Pattern SLASHES = Pattern.compile("/{2,}");
    private static final String MODELS = "/v1/models";
    /** The path of the Responses API. */
    public static final String RESPONSES = "/v1/responses";

    private static final Set<String> OUTSIDE_V1 = Set.of(
            "/generate",
            "/tokenize",
            "/detokenize",
            "/pooling",
            "/classify",
            "/score",
            "/rerank",
            "/v2/rerank",
            "/v2/embed",
            "/cohere/v2/chat",
            "/generative_scoring",
            "/invocations",
            "/inference/v1/generate");
    /** Those under {@code /v1/} that an engine is known to have, and no other method than {@code POST}. */
    private static final Set<String> POST_IN_V1 = Set.of(
            "/v1/chat/completions",
            "/v1/chat/completions/batch",
            "/v1/completions",
            "/v1/embeddings",
            "/v1/messages",
            "/v1/messages/count_tokens",
            RESPONSES,
            "/v1/audio/transcriptions",
            "/v1/audio/translations",
            "/v1/audio/speech",
            "/v1/images/generations",
            "/v1/images/edits",
            "/v1/rerank",
            "/v1/score",
            "/v1/classify",
            "/v1/tokenize",
            "/v1/detokenize",
            "/v1/decisions",
            "/v1/systemone");
    /** What any node of the fleet may be asked. */
    private static final Set<String> OF_ANY_NODE = Set.of("/ping", "/version");

    private static final Pattern STORED_RESPONSE = Pattern.compile("/v1/responses/([^/]+)(/cancel|/input_items)?");
    private static final Set<String> CONTROL_IN_V1 = Set.of(MODELS, "/v1/load_lora_adapter", "/v1/unload_lora_adapter");

    private InferencePaths() {}

    /**
     * Whether a {@code POST} to this path is routed.
     *
     * @param path without dots to resolve, with single slashes
     */
    public static boolean contains(String path) {
        String route = withoutLastSlash(path);
        return route.startsWith("/v1/")
                ? !CONTROL_IN_V1.contains(route) && !route.startsWith(MODELS + "/")
                : OUTSIDE_V1.contains(route);
    }

    /**
     * Whether a request is routed.
     *
     * @param path as in {@link #contains}
     */
    public static boolean isRouted(String method, String path) {
        return switch (method) {
            case "POST" -> contains(path);
            case "GET" -> responseId(method, path).isPresent() || isOfAnyNode(method, path);
            case "DELETE" -> responseId(method, path).isPresent();
            default -> false;
        };
    }

    /** Whether a path is known to be routed if the method is {@code POST}: another method is not allowed there. */
    public static boolean isPostOnly(String path) {
        String route = withoutLastSlash(path);
        return POST_IN_V1.contains(route) || OUTSIDE_V1.contains(route) || route.matches("/v1/responses/[^/]+/cancel");
    }

    /** Whether any node may serve a request, which concerns no model. */
    public static boolean isOfAnyNode(String method, String path) {
        return method.equals("GET") && OF_ANY_NODE.contains(pathOf(path));
    }

    /** Whether a request has no body that the router reads. */
    public static boolean hasNoBody(String method, String path) {
        return !method.equals("POST") || responseId(method, path).isPresent();
    }

    /** The id of the stored response that a request returns, deletes or cancels; with or without its query. */
    public static Optional<String> responseId(String method, String path) {
        Matcher named = STORED_RESPONSE.matcher(pathOf(path));
        if (!named.matches()) {
            return Optional.empty();
        }
        String action = named.group(2) == null ? "" : named.group(2);
        boolean stored = switch (method) {
            case "GET" -> !action.equals("/cancel");
            case "DELETE" -> action.isEmpty();
            case "POST" -> action.equals("/cancel");
            default -> false;
        };
        return stored ? Optional.of(named.group(1)) : Optional.empty();
    }

    /** The model that a {@code GET} of a path asks for, with single slashes; empty if it asks for something else. */
    public static Optional<String> modelId(String path) {
        return path.startsWith(MODELS + "/") && path.length() > MODELS.length() + 1
                ? Optional.of(path.substring(MODELS.length() + 1))
                : Optional.empty();
    }

    /** Whether a {@code GET} of this path, with single slashes, asks for the {@link ModelList}. */
    public static boolean isModelList(String path) {
        return withoutLastSlash(path).equals(MODELS);
    }

    /** The path as it was meant: engines that are told of {@code http://router/} ask for {@code //nodes/add}. */
    public static String singleSlashes(String path) {
        return path.contains("//") ? SLASHES.matcher(path).replaceAll("/") : path;
    }

    /**
     * The path of a request without its query and its trailing slash, for what is counted by path: the id of a stored
     * response in it is {@code {id}}.
     */
    public static String route(String path) {
        String route = pathOf(path);
        Matcher named = STORED_RESPONSE.matcher(route);
        return named.matches() && !POST_IN_V1.contains(route) && !isResponseAction(named)
                ? "/v1/responses/{id}" + (named.group(2) == null ? "" : named.group(2))
                : route;
    }

    /** {@code POST} routes of engines that look like the id of a response. */
    private static boolean isResponseAction(Matcher named) {
        return named.group(2) == null
                && Set.of("render", "input_tokens", "compact").contains(named.group(1));
    }

    /** The path of a request without its query and its trailing slash. */
    private static String pathOf(String path) {
        int query = path.indexOf('?');
        return withoutLastSlash(query < 0 ? path : path.substring(0, query));
    }

    /** The path to send to a node: without the trailing slash, for which an engine would redirect; with the query. */
    public static String withoutTrailingSlash(String path) {
        return pathOf(path) + path.substring(query(path).isEmpty() ? path.length() : path.indexOf('?'));
    }

    /** The query of a path, empty if it has none. */
    public static String query(String path) {
        int query = path.indexOf('?');
        return query < 0 ? "" : path.substring(query + 1);
    }

    private static String withoutLastSlash(String path) {
        return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
