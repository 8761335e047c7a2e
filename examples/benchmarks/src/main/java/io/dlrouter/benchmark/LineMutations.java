package io.dlrouter.benchmark;

import java.util.List;
import java.util.Random;

/** What can be wrong with the first line of a request. */
final class LineMutations {
    private static final List<String> METHODS = List.of(
            "GET",
            "HEAD",
            "OPTIONS",
            "TRACE",
            "DELETE",
            "PATCH",
            "PUT",
            "post",
            "Post",
            "",
            "P\u0000ST",
            "P\u00d6ST",
            "PRI",
            "CONNECT",
            "A".repeat(300),
            "A".repeat(20_000));
    private static final List<String> TARGETS = List.of(
            "/",
            "",
            "*",
            "/v1",
            "/v1/",
            "//v1//chat/completions",
            "/v1/chat/completions/",
            "/v1/chat/../chat/completions",
            "/v1/%63hat/completions",
            "/v1/chat%2fcompletions",
            "/v1/chat/completions%00",
            "/v1/chat/completions;a=b",
            "/v1/chat/completions#f",
            "/v1/%zz",
            "/v1/%",
            "/v1/%c0%af",
            "/v1/%2e%2e/health",
            "/../../etc/passwd",
            "/v1/\u00e9",
            "/v1/chat completions",
            "http://other/v1/chat/completions",
            "http://[::1/v1/models",
            "gateway:80",
            "/nodes/nothing",
            "/distserve/p2p_initialize",
            "/v1/audio/speech",
            "/sleep",
            "/v1/\\chat",
            "/v1/chat/completions?",
            "/./health");
    private static final List<String> QUERIES = List.of(
            "?",
            "?a=b&a=c",
            "?all=true",
            "?all",
            "?all=%zz",
            "?%00",
            "?\u00ff",
            "?a b",
            "??",
            "?url=http://127.0.0.1:1",
            "?" + "a".repeat(9000),
            "?a=%F0%28%8C%28");
    private static final List<String> VERSIONS = List.of(
            "HTTP/1.0",
            "HTTP/0.9",
            "HTTP/2.0",
            "HTTP/1.9",
            "HTTP/9.9",
            "http/1.1",
            "HTTP/1.1 ",
            "HTTP/",
            "",
            "HTTP/1.1.1",
            "X");

    static final List<Mutant.Mutation> ALL = List.of(
            (draft, random) -> draft.method = Mutant.oneOf(METHODS, random),
            (draft, random) -> draft.target = Mutant.oneOf(TARGETS, random),
            (draft, random) -> draft.target += Mutant.oneOf(QUERIES, random),
            (draft, random) -> draft.version = Mutant.oneOf(VERSIONS, random),
            (draft, random) -> draft.method = "\r\n".repeat(1 + random.nextInt(3)) + draft.method,
            LineMutations::longTarget,
            (draft, random) -> draft.target += Mutant.noise(random, 1 + random.nextInt(8)));

    private LineMutations() {}

    private static void longTarget(Draft draft, Random random) {
        draft.target += "/" + "a".repeat(random.nextInt(30_000));
    }
}
