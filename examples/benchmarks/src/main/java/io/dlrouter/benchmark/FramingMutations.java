package io.dlrouter.benchmark;

import java.util.List;
import java.util.Random;

/** How a request can lie about where its body ends. */
final class FramingMutations {
    private static final List<String> LENGTHS = List.of(
            "-1",
            "+5",
            "abc",
            "",
            "0x10",
            "1e3",
            "99999999999999999999",
            "2147483648",
            "9223372036854775807",
            "0",
            "1",
            "7, 7",
            "7, 8",
            "\u0661");
    private static final List<String> CODINGS = List.of(
            "identity",
            "gzip",
            "chunked, chunked",
            "chunked, gzip",
            "gzip, chunked",
            "Chunked",
            "\u000bchunked",
            "chunked;q=1",
            "xchunked",
            "",
            "chunked,");
    private static final List<String> SIZES = List.of(
            "zz",
            "-1",
            "ffffffffffffffff",
            "7fffffff",
            "80000000",
            "0x5",
            "",
            " 5",
            "5 ",
            "5;ext=\"",
            "00000000000000000005",
            "5\u0000",
            "fffffffffffffffff0",
            "1e");
    private static final List<String> ENDS = List.of(
            "0\r\n\r\n",
            "0\r\n",
            "",
            "0\r\nX-Trailer: a\r\n\r\n",
            "0\r\nContent-Length: 5\r\n\r\n",
            "0\n\n",
            "00\r\n\r\n");

    static final List<Mutant.Mutation> ALL = List.of(
            (draft, random) -> framed(draft, draft.body, "Content-Length: " + Mutant.oneOf(LENGTHS, random)),
            (draft, random) ->
                    framed(draft, draft.body, "Content-Length: " + random.nextInt(2 * draft.body.length() + 2)),
            (draft, random) -> framed(draft, draft.body, length(draft), length(draft)),
            (draft, random) -> framed(draft, draft.body, length(draft), "Content-Length: " + random.nextInt(500)),
            (draft, random) ->
                    framed(draft, chunks(draft, random) + "0\r\n\r\n", "Transfer-Encoding: chunked", length(draft)),
            (draft, random) ->
                    framed(draft, draft.body, length(draft), "Transfer-Encoding: " + Mutant.oneOf(CODINGS, random)),
            (draft, random) -> framed(
                    draft, chunks(draft, random) + "0\r\n\r\n", "Transfer-Encoding: " + Mutant.oneOf(CODINGS, random)),
            (draft, random) ->
                    framed(draft, chunks(draft, random) + Mutant.oneOf(ENDS, random), "Transfer-Encoding: chunked"),
            FramingMutations::wrongChunk,
            FramingMutations::soundChunks);

    private FramingMutations() {}

    private static void framed(Draft draft, String framed, String... framing) {
        draft.framed = framed;
        draft.framing = List.of(framing);
        draft.complete = false;
    }

    private static String length(Draft draft) {
        return "Content-Length: " + draft.body.length();
    }

    private static void wrongChunk(Draft draft, Random random) {
        String wrong = Mutant.oneOf(SIZES, random) + "\r\nhello\r\n";
        String sound = chunks(draft, random);
        framed(draft, random.nextBoolean() ? wrong + sound : sound + wrong + "0\r\n\r\n", "Transfer-Encoding: chunked");
    }

    private static void soundChunks(Draft draft, Random random) {
        boolean complete = draft.complete;
        framed(draft, chunks(draft, random) + "0\r\n\r\n", "Transfer-Encoding: chunked");
        draft.complete = complete;
    }

    private static String chunks(Draft draft, Random random) {
        StringBuilder chunks = new StringBuilder();
        for (int at = 0; at < draft.body.length(); ) {
            int end = Math.min(draft.body.length(), at + 1 + random.nextInt(100));
            chunks.append(Integer.toHexString(end - at)).append("\r\n");
            chunks.append(draft.body, at, end).append("\r\n");
            at = end;
        }
        return chunks.toString();
    }
}
