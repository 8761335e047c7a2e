package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Rules of HTTP/1.1 and the router for the headers of a plug-in. */
final class HttpRules {
    /** Set by the router, or hop-by-hop. */
    private static final Set<String> ROUTERS_OWN = Set.of(
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private HttpRules() {}

    /** Fails if a header cannot be sent, or if the router sets it itself. */
    static void assertHeaders(Map<String, String> headers) {
        assertThat(headers).allSatisfy((name, value) -> {
            assertThat(name).as("name of a header").matches("[A-Za-z0-9-]+");
            assertThat(name.toLowerCase(Locale.ROOT)).as("name of a header").isNotIn(ROUTERS_OWN);
            assertThat(value).as("value of the header " + name).matches("[\\x20-\\x7e]*");
        });
    }

    /** Fails if the path is invalid. */
    static void assertPath(String path) {
        assertThat(path).as("path at a node").matches("/[\\x21-\\x7e]*");
    }
}
