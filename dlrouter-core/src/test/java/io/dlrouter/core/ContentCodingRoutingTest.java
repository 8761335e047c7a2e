package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.RequestTooLargeException;
import io.dlrouter.Router;
import io.dlrouter.UnsupportedContentCodingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Request bodies with a {@code Content-Encoding}, or with a byte order mark. */
class ContentCodingRoutingTest {
    private static final String CHAT = "{\"model\":\"m\",\"messages\":[]}";

    @RegisterExtension
    private final TestFleet fleet = new TestFleet();

    private final FakeEngine engine = fleet.engine();

    private interface Encoder {
        OutputStream over(OutputStream out) throws IOException;
    }

    private static byte[] encoded(String body, Encoder encoder) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = encoder.over(bytes)) {
            out.write(body.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private static InferenceRequest request(byte[] body, String coding) {
        return InferenceRequest.post("/v1/chat/completions", body)
                .withHeader("Content-Type", "application/json")
                .withHeader("Content-Encoding", coding);
    }

    private RecordedRequest sent(Router router, InferenceRequest request) throws IOException {
        try (InferenceResponse response = router.route(request)) {
            response.body().readAllBytes();
        }
        return engine.request();
    }

    private static byte[] body(RecordedRequest request) {
        return Objects.requireNonNull(request.getBody()).toByteArray();
    }

    @Test
    void hybrid_gzipOrDeflate_forwardsTheBytesOfTheClient() throws IOException {
        Router router = fleet.router(engine.node());
        byte[] gzip = encoded(CHAT, GZIPOutputStream::new);
        byte[] deflate = encoded(CHAT, DeflaterOutputStream::new);

        RecordedRequest sent = sent(router, request(gzip, "gzip"));

        assertThat(body(sent)).isEqualTo(gzip);
        assertThat(sent.getHeaders().get("Content-Encoding")).isEqualTo("gzip");
        assertThat(body(sent(router, request(deflate, "Deflate")))).isEqualTo(deflate);
    }

    @Test
    void hybrid_gzipWithAReservedMember_forwardsTheEditedBodyWithoutCoding() throws IOException {
        Router router = fleet.router(engine.node());
        byte[] gzip = encoded("{\"model\":\"m\",\"resume_handle\":1,\"n\":1}", GZIPOutputStream::new);

        RecordedRequest sent = sent(router, request(gzip, "gzip"));

        assertThat(FakeEngine.body(sent)).isEqualTo("{\"model\":\"m\",\"n\":1}");
        assertThat(sent.getHeaders().get("Content-Encoding")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"zstd", "br", "gzip, gzip"})
    void hybrid_codingThatIsNotDecoded_isUnsupported(String coding) {
        Router router = fleet.router(engine.node());

        assertThatExceptionOfType(UnsupportedContentCodingException.class)
                .isThrownBy(() -> router.route(request(CHAT.getBytes(UTF_8), coding)))
                .withMessageContaining(coding)
                .satisfies(unsupported -> assertThat(unsupported.status()).isEqualTo(415));
    }

    @Test
    void hybrid_bodyIsNotGzip_isRejectedByThatName() {
        Router router = fleet.router(engine.node());

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(request(CHAT.getBytes(UTF_8), "gzip")))
                .withMessageContaining("gzip");
    }

    @Test
    void hybrid_decodedBodyAboveTheLimit_isTooLarge() throws IOException {
        Router router = fleet.router(TestFleet.over(engine.node()).maxDecodedBody(1000));
        byte[] bomb = encoded("{\"model\":\"m\",\"prompt\":\"" + "x".repeat(100_000) + "\"}", GZIPOutputStream::new);

        assertThatExceptionOfType(RequestTooLargeException.class)
                .isThrownBy(() -> router.route(request(bomb, "gzip")))
                .satisfies(large -> assertThat(large.status()).isEqualTo(413));
    }

    @Test
    void hybrid_byteOrderMark_isForwarded() throws IOException {
        Router router = fleet.router(engine.node());
        byte[] marked = ("\uFEFF" + CHAT).getBytes(UTF_8);

        assertThat(body(sent(router, InferenceRequest.post("/v1/chat/completions", marked))))
                .isEqualTo(marked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"model\":null}", "{\"model\":\"\"}"})
    void hybrid_modelIsNullOrEmpty_isTheOnlyOne(String body) throws IOException {
        Router router = fleet.router(engine.node());

        assertThat(FakeEngine.body(sent(router, TestFleet.chat(body)))).isEqualTo(body);
    }
}
