package io.dlrouter.replay;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.Moshi;
import io.dlrouter.spi.Prompt;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * How a line of a trace is written: as Mooncake does, or as the router's access log in JSON. Moshi reads public records
 * only.
 */
final class TraceFormat {
    private static final JsonAdapter<Line> JSON = new Moshi.Builder().build().adapter(Line.class);

    /** About as many bytes of text make a token, where nobody counted. */
    private static final int BYTES_PER_TOKEN = 4;

    /** A response whose tokens nobody counted is taken to have come at this pace. */
    private static final int MILLIS_PER_TOKEN = 50;

    /** In the year 2096, so that no sum of times overflows. */
    private static final long LATEST_MILLIS = 4_000_000_000_000L;

    private TraceFormat() {}

    /** @throws IOException if it is no JSON */
    static Line parse(Buffer text) throws IOException {
        Line line = JSON.fromJson(text);
        if (line == null) {
            throw new JsonDataException("it is null");
        }
        return line;
    }

    /**
     * A line of either form: one of Mooncake has {@code hash_ids}, one of the access log {@code time}.
     *
     * @param timestamp in milliseconds
     * @param hashIds one for each block of the prompt, the same where two prompts are the same up to and with that block
     * @param time when the request ended
     */
    public record Line(
            @Nullable Double timestamp,
            @Json(name = "input_length") @Nullable Integer inputLength,
            @Json(name = "output_length") @Nullable Integer outputLength,
            @Json(name = "hash_ids") @Nullable List<Long> hashIds,
            @Nullable String time,
            @Nullable Integer status,
            @Json(name = "first_byte_ms") @Nullable Long firstByteMillis,
            @Json(name = "whole_ms") @Nullable Long wholeMillis,
            @Nullable LoggedPrompt prompt,
            @Nullable LoggedUsage usage) {

        /** Whether its time is that of a bucket of seconds, in which requests came at times that nobody knows. */
        boolean isBucketed() {
            return hashIds != null;
        }

        /**
         * The request, at the time of its line.
         *
         * @param blockTokens how many tokens a hash id stands for
         * @throws IllegalArgumentException if the line does not say what there is to know
         */
        TraceRequest request(int blockTokens) {
            TraceRequest request = hashIds == null ? logged() : numbered(hashIds, blockTokens);
            if (request.promptTokens() < 0 || request.outputTokens() < 0) {
                throw new IllegalArgumentException("tokens: " + request.promptTokens() + " and "
                        + request.outputTokens() + " (expected: 0 or more)");
            }
            return request;
        }

        private TraceRequest numbered(List<Long> ids, int blockTokens) {
            int tokens = need(inputLength, "input_length");
            checkBlocks(ids.size(), tokens, blockTokens);
            BlockChain blocks = new BlockChain(ids.size());
            ids.forEach(id -> blocks.add(need(id, "number in hash_ids")));
            Prompt read = Prompt.of(Prompt.Unit.TOKENS, tokens, blockTokens, blocks.hashes());
            double millis = need(timestamp, "timestamp");
            check(millis >= 0 && millis <= LATEST_MILLIS, "timestamp", millis);
            long time = Math.round(millis * TimeUnit.MILLISECONDS.toNanos(1));
            return new TraceRequest(time, read, tokens, need(outputLength, "output_length"));
        }

        /** A block that is not whole has a number too, or has none. */
        private static void checkBlocks(int ids, int tokens, int blockTokens) {
            int whole = tokens / blockTokens;
            if (ids != whole && (ids != whole + 1 || tokens % blockTokens == 0)) {
                throw new IllegalArgumentException("hash_ids: " + ids + " of them (expected: " + whole
                        + " or one more, because input_length is " + tokens + " and block_tokens " + blockTokens + ")");
            }
        }

        private static void check(boolean inRange, String member, Object given) {
            if (!inRange) {
                throw new IllegalArgumentException(member + ": " + given + " (expected: a time from 1970 to 2096)");
            }
        }

        private TraceRequest logged() {
            if (need(status, "status") >= 400) {
                throw new IllegalArgumentException("status: " + status + " (expected: below 400)");
            }
            Prompt read = need(prompt, "prompt").prompt();
            return new TraceRequest(arrival(), read, promptTokens(read), outputTokens());
        }

        private long arrival() {
            String ended = need(time, "time or hash_ids");
            try {
                long millis = Math.subtractExact(Instant.parse(ended).toEpochMilli(), need(wholeMillis, "whole_ms"));
                check(millis >= 0 && millis <= LATEST_MILLIS, "time", ended);
                return TimeUnit.MILLISECONDS.toNanos(millis);
            } catch (DateTimeException | ArithmeticException e) {
                throw new IllegalArgumentException(
                        "time: " + ended + " (expected: such as 2026-01-31T12:00:00.000Z)", e);
            }
        }

        private int promptTokens(Prompt read) {
            if (usage != null && usage.promptTokens != null) {
                return usage.promptTokens;
            }
            return (int) (read.unit() == Prompt.Unit.BYTES ? read.length() / BYTES_PER_TOKEN : read.length());
        }

        private int outputTokens() {
            if (usage != null && usage.completionTokens != null) {
                return usage.completionTokens;
            }
            long whole = need(wholeMillis, "whole_ms");
            long streamed = firstByteMillis == null ? 0 : whole - firstByteMillis;
            return Math.toIntExact(Math.max(0, streamed) / MILLIS_PER_TOKEN);
        }
    }

    /**
     * A prompt as the access log has it.
     *
     * @param blocks the chained hashes, each of 16 hexadecimal digits
     */
    public record LoggedPrompt(
            @Nullable String unit,
            @Nullable Integer length,
            @Json(name = "block_length") @Nullable Integer blockLength,
            @Nullable List<String> blocks) {

        Prompt prompt() {
            long[] hashes = need(blocks, "prompt.blocks").stream()
                    .mapToLong(digits -> Long.parseUnsignedLong(need(digits, "text in prompt.blocks"), 16))
                    .toArray();
            return Prompt.of(
                    unit(need(unit, "prompt.unit")),
                    need(length, "prompt.length"),
                    need(blockLength, "prompt.block_length"),
                    hashes);
        }

        private static Prompt.Unit unit(String name) {
            return switch (name) {
                case "bytes" -> Prompt.Unit.BYTES;
                case "tokens" -> Prompt.Unit.TOKENS;
                default -> throw new IllegalArgumentException("prompt.unit: " + name + " (expected: bytes or tokens)");
            };
        }
    }

    /** What the node counted, as the access log has it. */
    public record LoggedUsage(
            @Json(name = "prompt_tokens") @Nullable Integer promptTokens,
            @Json(name = "completion_tokens") @Nullable Integer completionTokens) {}

    private static <T> T need(@Nullable T value, String member) {
        if (value == null) {
            throw new IllegalArgumentException("no " + member);
        }
        return value;
    }
}
