package io.dlrouter.benchmark;

import java.util.List;
import java.util.Random;

/** What can be wrong with, or odd about, the headers of a request. */
final class HeaderMutations {
    private static final List<String> ODD = List.of(
            "Host: other",
            "Host:",
            "Host: a b",
            "Host: [::1",
            "Expect: 100-continue",
            "Expect: 200-maybe",
            "Connection: close",
            "Connection: close, x-session-id, content-length",
            "Connection: upgrade",
            "Upgrade: h2c",
            "Connection: keep-alive, host",
            "Upgrade: websocket",
            "TE: trailers",
            "Trailer: x-a",
            "Keep-Alive: timeout=5",
            "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
            "Proxy-Connection: keep-alive",
            "Proxy-Authorization: Basic eDp5",
            "Content-Encoding: gzip",
            "Accept-Encoding: gzip, br, *;q=0",
            "Content-Type:",
            "Content-Type: text/plain",
            "Content-Type: application/json; charset=utf-16",
            "Content-Type: application/json; charset=nothing",
            "Content-Type: /;;=",
            "Authorization: Bearer",
            "Authorization: Bearer \u00e9\u00ff",
            "Authorization: Basic x",
            "X-Request-Id:",
            "X-Request-Id: \u00e9",
            "X-Request-Id: a\tb",
            "X-Request-Id: ___prefill_addr_a:1___decode_addr_b:2_x",
            "X-data-parallel-rank: 99999999999999999999",
            "X-data-parallel-rank: -1",
            "x-session-id: \u00e9\u00ff",
            "x-session-id:",
            "x-user-id: \u0001",
            "x-tenant-id: " + "t".repeat(4000),
            "traceparent: 00-zz-zz-01",
            "Forwarded: for=\"[::1]\"",
            "X-Forwarded-For: \u0000",
            "Range: bytes=0-0",
            "If-Match: *",
            "Cookie: a=b; =; \u00e9",
            "X-Empty:",
            "x-dlrouter-error: 500",
            "Origin: null",
            "Origin: http://\u00e9");
    private static final List<String> WRONG = List.of(
            "NoColon",
            ": no name",
            "Name : value",
            " folded: value",
            "\tfolded",
            "N\u00e4me: value",
            "Na me: value",
            "Name: a\u0000b",
            "Name: a\rb",
            "Name: a\nOther: b",
            "\u0000: x",
            "X-\u007f: y",
            "Name: \u001b[31m");

    static final List<Mutant.Mutation> ALL = List.of(
            HeaderMutations::odd,
            HeaderMutations::odd,
            (draft, random) -> insert(draft, Mutant.oneOf(WRONG, random), random),
            (draft, random) -> draft.headers.clear(),
            (draft, random) -> insert(draft, "X-Huge: " + "h".repeat(random.nextInt(40_000)), random),
            HeaderMutations::many,
            (draft, random) -> insert(draft, "X-Noise: " + Mutant.noise(random, 1 + random.nextInt(30)), random, false),
            (draft, random) ->
                    insert(draft, "x-session-id: " + Mutant.noise(random, 8).replaceAll("[\r\n]", "-"), random));

    private HeaderMutations() {}

    private static void odd(Draft draft, Random random) {
        insert(draft, Mutant.oneOf(ODD, random), random);
    }

    private static void many(Draft draft, Random random) {
        for (int i = random.nextInt(400); i >= 0; i--) {
            draft.headers.add("X-" + i + ": " + i);
        }
    }

    private static void insert(Draft draft, String line, Random random) {
        insert(draft, line, random, true);
    }

    private static void insert(Draft draft, String line, Random random, boolean complete) {
        draft.headers.add(random.nextInt(draft.headers.size() + 1), line);
        draft.complete &= complete;
    }
}
