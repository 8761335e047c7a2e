package io.dlrouter.benchmark;

import java.util.List;
import java.util.Random;

/** What can be wrong with, or odd about, the JSON of a request. A body that has been framed already stays as it is. */
final class JsonMutations {
    private static final String BOM = "\u00ef\u00bb\u00bf";
    private static final List<String> NAMES = List.of(
            "model",
            "messages",
            "stream",
            "stream_options",
            "user",
            "session_id",
            "seed",
            "prompt",
            "url",
            "status",
            "x",
            "",
            "kv_transfer_params",
            "bootstrap_room",
            "with_cache",
            "mod\\u0065l",
            "\\ud800",
            "\u00ff\u00fe",
            "a\\u0000b");
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "7",
            "-0",
            "1e999999",
            "-1E-999999",
            "9".repeat(400),
            "0." + "3".repeat(400),
            "\"\"",
            "\"demo\"",
            "{}",
            "[]",
            "[[],{}]",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\u0000\"",
            "\"\u0000\"",
            "\"\u00c0\u00af\"",
            "\"\u00f8\"",
            "\"\\x\"",
            "\"\\u12\"",
            "nul",
            "NaN",
            "-",
            "01",
            "1.",
            ".5",
            "'a'",
            "\"a",
            "{\"a\"}",
            "[1,]",
            "{,}",
            "\"a\tb\"",
            "\"a\nb\"",
            "/*c*/1",
            "\"" + "p".repeat(3000) + "\"");
    private static final List<String> BODIES = List.of(
            "",
            " ",
            "null",
            "[]",
            "7",
            "\"demo\"",
            "{",
            "}",
            "{}",
            "{}{}",
            "[",
            "{\"model\"",
            "{\"model\":",
            "\u0000",
            BOM,
            BOM + "{\"model\":\"demo\"}",
            "\u001f\u008b\b\u0000",
            "{\"model\":\"demo\",}",
            "{'model':'demo'}");

    static final List<Mutant.Mutation> ALL = List.of(
            (draft, random) -> draft.body = Mutant.oneOf(BODIES, random),
            (draft, random) -> draft.body = BOM + draft.body,
            (draft, random) -> draft.body = draft.body + Mutant.noise(random, 1 + random.nextInt(5)),
            (draft, random) -> draft.body = draft.body + " ".repeat(random.nextInt(20_000)),
            JsonMutations::truncated,
            JsonMutations::flipped,
            (draft, random) -> insert(draft, Mutant.oneOf(NAMES, random), Mutant.oneOf(VALUES, random)),
            (draft, random) -> insert(draft, Mutant.oneOf(NAMES, random), Mutant.oneOf(VALUES, random)),
            (draft, random) -> insert(draft, Mutant.oneOf(NAMES, random), nested(random)),
            JsonMutations::otherModel,
            (draft, random) -> insert(draft, "k".repeat(random.nextInt(20_000)), "1"),
            JsonMutations::manyMembers);

    private JsonMutations() {}

    /** Puts a member before all others, of which one may have the same name. */
    private static void insert(Draft draft, String name, String value) {
        if (draft.body.startsWith("{\"")) {
            draft.body = "{\"" + name + "\":" + value + "," + draft.body.substring(1);
        }
    }

    private static String nested(Random random) {
        int depth = random.nextInt(8) == 0 ? 100_000 : random.nextInt(2000);
        return random.nextBoolean()
                ? "[".repeat(depth) + "]".repeat(depth)
                : "{\"a\":".repeat(depth) + "1" + "}".repeat(random.nextInt(depth + 1));
    }

    private static void otherModel(Draft draft, Random random) {
        draft.body = draft.body.replace("\"demo\"", Mutant.oneOf(VALUES, random));
    }

    private static void manyMembers(Draft draft, Random random) {
        for (int i = random.nextInt(300); i >= 0; i--) {
            insert(draft, "m" + i, "{\"i\":" + i + "}");
        }
    }

    private static void truncated(Draft draft, Random random) {
        draft.body = draft.body.substring(0, random.nextInt(draft.body.length() + 1));
    }

    private static void flipped(Draft draft, Random random) {
        if (!draft.body.isEmpty()) {
            StringBuilder body = new StringBuilder(draft.body);
            body.setCharAt(random.nextInt(body.length()), (char) random.nextInt(256));
            draft.body = body.toString();
        }
    }
}
