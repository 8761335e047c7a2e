package io.dlrouter.core.http;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The request line and the headers of a request to a node (RFC 9112). */
public final class RequestHead {
    private final StringBuilder text = new StringBuilder(512);

    private RequestHead() {}

    /**
     * Writes a head.
     *
     * @param clientHeaders of the client; hop-by-hop headers are left out
     * @param reserved names of headers that are left out of the client's, in any case of letters
     * @param set headers that replace the client's
     * @throws InvalidRequestException if the path or a header contains a line break or another invalid character
     */
    public static byte[] of(
            String method,
            NodeAddress node,
            String path,
            HttpHeaders clientHeaders,
            Set<String> reserved,
            Map<String, String> set,
            int bodyLength) {
        RequestHead head = begin(method, node.url(), path);
        if (bodyLength > 0 || method.equals("POST")) {
            head.header("Content-Length", Integer.toString(bodyLength));
        }
        List<String> connection = clientHeaders.allValues("connection");
        clientHeaders.map().forEach((name, values) -> {
            if (!set.containsKey(name) && !reserved.contains(name) && HeaderRules.passesToNode(name, connection)) {
                values.forEach(value -> head.header(name, value));
            }
        });
        set.forEach(head::header);
        return head.end();
    }

    /** Writes a head without headers of a client. */
    public static byte[] of(String method, URI engine, String path, Map<String, String> headers) {
        RequestHead head = begin(method, engine, path);
        headers.forEach(head::header);
        return head.end();
    }

    private static RequestHead begin(String method, URI engine, String path) {
        RequestHead head = new RequestHead();
        head.line(method + " " + target(engine, path) + " HTTP/1.1");
        head.header("Host", engine.getRawAuthority());
        head.header("Accept-Encoding", "identity");
        return head;
    }

    private byte[] end() {
        line("");
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String target(URI engine, String path) {
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) <= ' ' || path.charAt(i) > '~') {
                throw new InvalidRequestException("The path has a character that a path cannot have.", null);
            }
        }
        return engine.getRawPath() + path;
    }

    private void header(String name, String value) {
        if (breaksLine(name) || breaksLine(value)) {
            throw new InvalidRequestException("A header has a line break in its name or value.", null);
        }
        if (value.chars().anyMatch(character -> character > 0xFF)) {
            throw new InvalidRequestException(
                    name + ": a character above U+00FF (expected: characters of one byte each)", null);
        }
        line(name + ": " + value);
    }

    private static boolean breaksLine(String part) {
        return part.indexOf('\n') >= 0 || part.indexOf('\r') >= 0 || part.indexOf('\0') >= 0;
    }

    private void line(String line) {
        text.append(line).append("\r\n");
    }
}
