package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.Router;
import java.io.IOException;
import java.util.Objects;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests with a {@code multipart/form-data} body. */
class FormRoutingTest {
    private static final String TYPE = "multipart/form-data; boundary=\"b 0\"";
    private static final String FILE =
            "--b 0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n\0\1\2\u00ff\r\n";
    private static final String END = "--b 0--\r\n";

    @RegisterExtension
    private final TestFleet fleet = new TestFleet();

    private static String part(String name, String value) {
        return "--b 0\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
    }

    private static InferenceRequest form(String body) {
        return InferenceRequest.post("/v1/audio/transcriptions", body.getBytes(ISO_8859_1))
                .withHeader("Content-Type", TYPE);
    }

    @Test
    void hybrid_formNamesModel_isForwardedByteForByteToANodeOfTheModel() throws IOException {
        FakeEngine other = fleet.engine().models(FakeEngine.modelList("other"));
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(other.node().withModels("other"), engine.node());
        String body = FILE + part("model", "m") + END;

        try (InferenceResponse response = router.route(form(body))) {
            assertThat(response.status()).isEqualTo(200);
            response.body().readAllBytes();
        }

        RecordedRequest sent = engine.request();
        assertThat(sent.getTarget()).isEqualTo("/v1/audio/transcriptions");
        assertThat(sent.getHeaders().get("Content-Type")).isEqualTo(TYPE);
        assertThat(Objects.requireNonNull(sent.getBody()).toByteArray()).isEqualTo(body.getBytes(ISO_8859_1));
        assertThat(other.requestsLeft()).isZero();
    }

    @Test
    void hybrid_formNamesNoModel_goesToTheOnlyModel() throws IOException {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());

        try (InferenceResponse response = router.route(form(part("model", "") + FILE + END))) {
            response.body().readAllBytes();
        }

        assertThat(engine.request().getTarget()).isEqualTo("/v1/audio/transcriptions");
    }

    @Test
    void hybrid_formNamesNoModelOfSeveral_isRejected() {
        Router router = fleet.router(
                fleet.engine().node(),
                fleet.engine().models(FakeEngine.modelList("other")).node().withModels("other"));

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(form(FILE + END)))
                .satisfies(invalid -> assertThat(invalid.param()).hasValue("model"));
    }

    @Test
    void prefillDecode_decodeServesFormsAlone_goesToDecode() throws IOException {
        FakeEngine prefill = fleet.engine();
        FakeEngine decode = fleet.engine();
        Router router = fleet.router(TestFleet.split(prefill.node(Role.PREFILL), decode.node(Role.DECODE))
                .option(PlainTwoStage.UNSPLIT, "/v1/audio/transcriptions"));

        try (InferenceResponse response = router.route(form(part("model", "m") + FILE + END))) {
            assertThat(response.status()).isEqualTo(200);
            response.body().readAllBytes();
        }

        assertThat(decode.requestsLeft()).isOne();
        assertThat(prefill.requestsLeft()).isZero();
    }

    @Test
    void prefillDecode_decodeDoesNotServeForms_isRejected() {
        Router router = fleet.router(TestFleet.split(
                fleet.engine().node(Role.PREFILL), fleet.engine().node(Role.DECODE)));

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(form(part("model", "m") + FILE + END)))
                .withMessageContaining("/v1/audio/transcriptions");
    }

    @Test
    void prefillDecode_formToARouteThatIsSplit_isRejected() {
        FakeEngine prefill = fleet.engine();
        FakeEngine decode = fleet.engine();
        Router router = fleet.router(TestFleet.split(prefill.node(Role.PREFILL), decode.node(Role.DECODE)));
        InferenceRequest form = InferenceRequest.post(
                        "/v1/chat/completions", (part("model", "m") + END).getBytes(ISO_8859_1))
                .withHeader("Content-Type", TYPE);

        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> router.route(form))
                .withMessageContaining("is a form");
        assertThat(prefill.requestsLeft() + decode.requestsLeft()).isZero();
    }
}
