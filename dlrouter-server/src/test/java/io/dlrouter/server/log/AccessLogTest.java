package io.dlrouter.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.moshi.Moshi;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.testkit.RoutedRequests;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class AccessLogTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-03-01T12:30:05.070Z"), ZoneId.of("Europe/Berlin"));

    @Test
    void text_responded_isTheCommonLogFormatAndMore() throws Exception {
        assertThat(line(AccessLogFormat.TEXT, RoutedRequests.completed()))
                .isEqualTo("10.0.0.7 - - [01/Mar/2026:13:30:05 +0100] \"POST /v1/chat/completions\" 200 5123"
                        + " id=\"id-1\" model=\"demo\" node=\"http://b:2@3\" nodes=\"http://a:1 http://b:2@3\""
                        + " outcome=completed error=- attempts=2 waited_ms=3 first_byte_ms=41 whole_ms=1830");
    }

    @Test
    void text_nothingKnown_hasDashes() throws Exception {
        assertThat(line(AccessLogFormat.TEXT, RoutedRequests.withoutResponse()))
                .isEqualTo("- - - [01/Mar/2026:13:30:05 +0100] \"POST /generate\" - 0 id=- model=- node=- nodes=-"
                        + " outcome=cancelled error=request_cancelled attempts=0 waited_ms=0 first_byte_ms=-"
                        + " whole_ms=7");
    }

    @Test
    void json_responded_hasAllMembers() throws Exception {
        assertThat(line(AccessLogFormat.JSON, RoutedRequests.completed()))
                .isEqualTo("{\"time\":\"2026-03-01T12:30:05.070Z\",\"client\":\"10.0.0.7\",\"request_id\":\"id-1\","
                        + "\"method\":\"POST\",\"route\":\"/v1/chat/completions\",\"status\":200,\"bytes\":5123,"
                        + "\"model\":\"demo\",\"node\":\"http://b:2@3\",\"nodes\":[\"http://a:1\",\"http://b:2@3\"],"
                        + "\"outcome\":\"completed\",\"error\":null,\"attempts\":2,\"waited_ms\":3,"
                        + "\"first_byte_ms\":41,\"whole_ms\":1830}");
    }

    @Test
    void json_nothingKnown_hasTheSameMembers() throws Exception {
        Map<?, ?> known = json(line(AccessLogFormat.JSON, RoutedRequests.completed()));
        Map<?, ?> unknown = json(line(AccessLogFormat.JSON, RoutedRequests.withoutResponse()));

        assertThat(Arrays.asList(unknown.keySet().toArray()))
                .isEqualTo(Arrays.asList(known.keySet().toArray()));
        assertThat(unknown.get("status")).isNull();
        assertThat(unknown.get("request_id")).isNull();
        assertThat(unknown.get("nodes")).isEqualTo(List.of());
    }

    @Test
    void json_explained_endsWithPromptUsageAndDecisions() throws Exception {
        assertThat(line(AccessLogFormat.JSON, RoutedRequests.explained()))
                .endsWith(",\"whole_ms\":1830,\"prompt\":{\"unit\":\"bytes\",\"length\":1100,\"block_length\":512,"
                        + "\"blocks\":[\"0000000000000001\",\"ffffffffffffffff\"]},"
                        + "\"usage\":{\"prompt_tokens\":260,\"cached_tokens\":128,\"completion_tokens\":null},"
                        + "\"decisions\":[{\"strategy\":\"prefix_cache\",\"role\":\"hybrid\","
                        + "\"choice\":\"http://b:2@3\",\"candidates\":["
                        + "{\"node\":\"http://b:2@3\",\"in_flight\":5,\"estimate\":0.123},"
                        + "{\"node\":\"http://a:1\",\"in_flight\":4,\"estimate\":900,\"matched_tokens\":0}],"
                        + "\"omitted\":0}]}");
    }

    @Test
    void text_explained_endsWithDecisions() throws Exception {
        assertThat(line(AccessLogFormat.TEXT, RoutedRequests.explained()))
                .contains(" whole_ms=1830 decisions=[{\"strategy\":\"prefix_cache\",")
                .endsWith("\"omitted\":0}]");
    }

    @Test
    void off_responded_writesNothing() {
        try (AccessLogLines lines = new AccessLogLines()) {
            AccessLog.create(AccessLogFormat.OFF, CLOCK).completed(RoutedRequests.completed());

            assertThat(lines.isEmpty()).isTrue();
        }
    }

    @Test
    void text_hostileValues_forgeNothing() throws Exception {
        String hostile = "x\" outcome=failed\r\n10.0.0.1 - - \u001b[2J\u0085\u2028\\ü";

        assertThat(line(AccessLogFormat.TEXT, RoutedRequests.completed(hostile, "/v1/" + hostile, hostile)))
                .matches("[ -~]*")
                .contains(" id=\"x\\\" outcome=failed\\u000d\\u000a10.0.0.1 - - \\u001b[2J\\u0085\\u2028\\\\\\u00fc\" ")
                .contains("\"POST /v1/x\\\" outcome=failed\\u000d\\u000a10");
    }

    @Test
    void longValues_areCut() throws Exception {
        RoutedRequest request = RoutedRequests.completed("i".repeat(300), "/" + "r".repeat(300), "m".repeat(300));

        assertThat(line(AccessLogFormat.TEXT, request))
                .contains("id=\"" + "i".repeat(256) + "\"")
                .contains("\"POST /" + "r".repeat(255) + "\"")
                .contains("model=\"" + "m".repeat(256) + "\"");
        assertThat(json(line(AccessLogFormat.JSON, request)))
                .containsEntry("request_id", "i".repeat(256))
                .containsEntry("route", "/" + "r".repeat(255))
                .containsEntry("model", "m".repeat(256));
    }

    @Property(tries = 300)
    void anyValue_staysInOneLineThatCanBeRead(@ForAll String id, @ForAll String model) throws Exception {
        RoutedRequest request = RoutedRequests.completed(id, "/v1/completions", model);

        assertThat(line(AccessLogFormat.TEXT, request))
                .matches("[ -~]*")
                .containsOnlyOnce(" outcome=completed error=-");
        String json = line(AccessLogFormat.JSON, request);
        assertThat(json).doesNotContain("\n", "\r", "\u2028", "\u001b");
        assertThat(json(json)).containsEntry("outcome", "completed").containsEntry("whole_ms", 1830.0);
    }

    private static String line(AccessLogFormat format, RoutedRequest request) throws Exception {
        try (AccessLogLines lines = new AccessLogLines()) {
            AccessLog.create(format, CLOCK).completed(request);
            return lines.next();
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> json(String line) throws Exception {
        Object value = new Moshi.Builder().build().adapter(Object.class).fromJson(line);
        return value == null ? Map.of() : (Map<String, Object>) value;
    }
}
