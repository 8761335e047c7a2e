package io.dlrouter.simulator;

import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The rules of HTTP/1.1 about headers that a router breaks most easily. */
final class HeaderRules {
    private static final List<String> SINGLE = List.of("host", "content-length", "content-type", "authorization");
    private static final List<String> HOP_BY_HOP = List.of(
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "upgrade",
            "http2-settings");
    private static final Set<String> CONNECTION_OPTIONS = Set.of("keep-alive", "close");

    private HeaderRules() {}

    static void check(HttpHeaders headers) throws ProtocolViolationException {
        for (String name : SINGLE) {
            expect(headers.allValues(name).size() <= 1, name, headers, "at most one");
        }
        for (String name : HOP_BY_HOP) {
            expect(headers.allValues(name).isEmpty(), name, headers, "none, it ends at each hop");
        }
        expect(headers.firstValue("host").isPresent(), "host", headers, "exactly one");
        expect(
                CONNECTION_OPTIONS.containsAll(connectionOptions(headers)),
                "connection",
                headers,
                "keep-alive or close");
        checkFraming(headers);
    }

    static boolean closes(HttpHeaders headers) {
        return connectionOptions(headers).contains("close");
    }

    private static void checkFraming(HttpHeaders headers) throws ProtocolViolationException {
        List<String> lengths = headers.allValues("content-length");
        List<String> codings = headers.allValues("transfer-encoding");
        expect(lengths.isEmpty() || codings.isEmpty(), "content-length", headers, "none beside transfer-encoding");
        expect(codings.isEmpty() || codings.equals(List.of("chunked")), "transfer-encoding", headers, "chunked");
        expect(
                lengths.stream().allMatch(length -> length.matches("[0-9]{1,9}")),
                "content-length",
                headers,
                "1 to 9 digits");
    }

    private static List<String> connectionOptions(HttpHeaders headers) {
        return headers.allValues("connection").stream()
                .flatMap(value -> List.of(value.toLowerCase(Locale.ROOT).split("\\s*,\\s*", -1)).stream())
                .toList();
    }

    private static void expect(boolean met, String name, HttpHeaders headers, String expectation)
            throws ProtocolViolationException {
        if (!met) {
            throw new ProtocolViolationException(
                    "header " + name + ": " + headers.allValues(name) + " (expected: " + expectation + ")");
        }
    }
}
