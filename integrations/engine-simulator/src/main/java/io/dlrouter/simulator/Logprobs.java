package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Made-up log probabilities, the same in every run: the i-th token has -(i % 8) / 8, each alternative one less. */
final class Logprobs {
    private Logprobs() {}

    /** In the shape of a chat completion. */
    static Map<String, @Nullable Object> ofChat(Output output, int from, int to, int alternatives) {
        return Json.object(
                "content",
                IntStream.range(from, to)
                        .mapToObj(i -> chatToken(output.token().apply(i), i, alternatives))
                        .toList());
    }

    /** In the shape of a text completion; offsets count from the start of the whole text. */
    static Map<String, @Nullable Object> ofText(Output output, int from, int to, int alternatives) {
        List<Integer> offsets = new ArrayList<>();
        int offset = IntStream.range(0, from)
                .map(i -> output.token().apply(i).length())
                .sum();
        for (int i = from; i < to; i++) {
            offsets.add(offset);
            offset += output.token().apply(i).length();
        }
        List<String> tokens = IntStream.range(from, to).mapToObj(output.token()).toList();
        return Json.object(
                "text_offset",
                offsets,
                "token_logprobs",
                IntStream.range(from, to).mapToObj(Logprobs::of).toList(),
                "tokens",
                tokens,
                "top_logprobs",
                IntStream.range(from, to)
                        .mapToObj(i -> top(output.token().apply(i), i, alternatives))
                        .toList());
    }

    /** Of the first tokens in the shape of {@code /generate}: probability, id, and no text. */
    static List<?> ofIds(int tokens) {
        return IntStream.range(0, tokens).mapToObj(i -> idEntry(i, 0)).toList();
    }

    /** The most probable tokens at the place of each of the first, in the shape of {@code /generate}. */
    static List<?> topOfIds(int tokens, int alternatives) {
        return IntStream.range(0, tokens)
                .mapToObj(i -> IntStream.range(0, alternatives)
                        .mapToObj(rank -> idEntry(i, rank))
                        .toList())
                .toList();
    }

    private static List<@Nullable Object> idEntry(int token, int rank) {
        return Arrays.asList(of(token) - rank, token + rank, null);
    }

    private static double of(int token) {
        return -(token % 8) / 8.0;
    }

    private static Map<String, @Nullable Object> chatToken(String token, int index, int alternatives) {
        Map<String, @Nullable Object> entry = entry(token, of(index));
        entry.put(
                "top_logprobs",
                IntStream.range(0, alternatives)
                        .mapToObj(rank -> entry(alternative(token, rank), of(index) - rank))
                        .toList());
        return entry;
    }

    private static Map<String, @Nullable Object> entry(String token, double logprob) {
        List<Integer> bytes = new ArrayList<>();
        for (byte next : token.getBytes(UTF_8)) {
            bytes.add(next & 0xff);
        }
        return Json.object("token", token, "logprob", logprob, "bytes", bytes);
    }

    private static Map<String, Double> top(String token, int index, int alternatives) {
        Map<String, Double> top = new LinkedHashMap<>();
        for (int rank = 0; rank < Math.max(1, alternatives); rank++) {
            top.put(alternative(token, rank), of(index) - rank);
        }
        return top;
    }

    private static String alternative(String token, int rank) {
        return rank == 0 ? token : token + "_" + rank;
    }
}
