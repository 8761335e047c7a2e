package io.dlrouter.core.http;

import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The headers that pass: all except hop-by-hop headers and those that only the router may set. */
public final class HeaderRules {
    /** The header with the request id. */
    public static final String REQUEST_ID = "X-Request-Id";

    private static final Set<String> HOP_BY_HOP = names(
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings");
    /** Set by the router itself; compressed responses are never requested, so that they pass unchanged. */
    private static final Set<String> WRITTEN_BY_CLIENT = names("host", "content-length", "accept-encoding", "expect");

    /** Read by the router itself. Backends reserve further names. */
    private static final Set<String> FOR_ROUTER = names("x-dlrouter-explain");

    private HeaderRules() {}

    /** Whether a response with these headers is a stream of events. */
    public static boolean isEventStream(HttpHeaders headers) {
        return headers.firstValue("content-type")
                .filter(type -> type.startsWith("text/event-stream"))
                .isPresent();
    }

    /** @param connection the values of the client's {@code Connection} */
    static boolean passesToNode(String name, List<String> connection) {
        return !WRITTEN_BY_CLIENT.contains(name) && !FOR_ROUTER.contains(name) && passesToClient(name, connection);
    }

    /** @param connection the values of the node's {@code Connection} */
    static boolean passesToClient(String name, List<String> connection) {
        return !HOP_BY_HOP.contains(name) && !isNamedBy(connection, name);
    }

    /** A sender may declare any header hop-by-hop by naming it in {@code Connection} (RFC 9110, 7.6.1). */
    private static boolean isNamedBy(List<String> connection, String name) {
        return !connection.isEmpty()
                && connection.stream()
                        .flatMap(value -> Arrays.stream(value.split(",")))
                        .anyMatch(nominated -> nominated.strip().equalsIgnoreCase(name));
    }

    private static Set<String> names(String... names) {
        Set<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        set.addAll(Arrays.asList(names));
        return set;
    }
}
