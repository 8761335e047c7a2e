package io.dlrouter.server.log;

import com.squareup.moshi.JsonWriter;
import io.dlrouter.NodeAddress;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Access log lines as JSON objects with the same members always, and some more for a request that is explained. An
 * unknown value is null. Written member by member: Moshi's adapters neither append members nor pass raw JSON.
 */
final class JsonAccessLogFormatter implements AccessLogFormatter {
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    @Override
    public String format(RoutedRequest request, ZonedDateTime time) {
        Buffer line = new Buffer();
        try (JsonWriter json = JsonWriter.of(line)) {
            json.setSerializeNulls(true);
            json.beginObject();
            json.name("time").value(TIME.format(time));
            json.name("client").value(request.client().orElse(null));
            json.name("request_id").value(truncatedOrNull(request.requestId()));
            writeResponse(request, json);
            writeNodes(request, json);
            writeTimes(request, json);
            if (request.prompt().isPresent()) {
                writeExplanation(request, request.prompt().get(), json);
            }
            json.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.readUtf8();
    }

    private static @Nullable String truncatedOrNull(String value) {
        return value.isEmpty() ? null : LogValue.truncated(value);
    }

    private static void writeResponse(RoutedRequest request, JsonWriter json) throws IOException {
        json.name("method").value("POST");
        json.name("route").value(LogValue.truncated(request.route()));
        json.name("status")
                .value(request.status().isPresent() ? request.status().getAsInt() : null);
        json.name("bytes").value(request.bytes());
        json.name("model").value(request.model().map(LogValue::truncated).orElse(null));
    }

    private static void writeNodes(RoutedRequest request, JsonWriter json) throws IOException {
        json.name("node")
                .value(request.servedBy().map(node -> node.address().toString()).orElse(null));
        json.name("nodes").beginArray();
        for (NodeAddress node : AccessLogFormatter.nodes(request)) {
            json.value(node.toString());
        }
        json.endArray();
        json.name("outcome").value(request.outcome().name().toLowerCase(Locale.ROOT));
        json.name("error").value(request.error().orElse(null));
        json.name("attempts").value(request.attempts().size());
    }

    private static void writeTimes(RoutedRequest request, JsonWriter json) throws IOException {
        json.name("waited_ms").value(request.waited().toMillis());
        json.name("first_byte_ms")
                .value(request.firstByte().map(Duration::toMillis).orElse(null));
        json.name("whole_ms").value(request.whole().toMillis());
    }

    private static void writeExplanation(RoutedRequest request, Prompt prompt, JsonWriter json) throws IOException {
        json.name("prompt").beginObject();
        json.name("unit").value(prompt.unit().name().toLowerCase(Locale.ROOT));
        json.name("length").value(prompt.length());
        json.name("block_length").value(prompt.blockLength());
        json.name("blocks").beginArray();
        for (int i = 0; i < prompt.blocks(); i++) {
            json.value(HexFormat.of().toHexDigits(prompt.block(i)));
        }
        json.endArray().endObject();
        json.name("usage");
        writeUsage(request.usage(), json);
        json.name("decisions").beginArray();
        for (String decision : AccessLogFormatter.decisions(request)) {
            json.value(new Buffer().writeUtf8(decision));
        }
        json.endArray();
    }

    private static void writeUsage(Optional<Usage> usage, JsonWriter json) throws IOException {
        if (usage.isEmpty()) {
            json.nullValue();
            return;
        }
        json.beginObject();
        json.name("prompt_tokens").value(usage.get().promptTokens());
        json.name("cached_tokens").value(orNull(usage.get().cachedTokens()));
        json.name("completion_tokens").value(orNull(usage.get().completionTokens()));
        json.endObject();
    }

    private static @Nullable Long orNull(OptionalLong count) {
        return count.isPresent() ? count.getAsLong() : null;
    }
}
