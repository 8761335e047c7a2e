package io.dlrouter.core.request;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InvalidRequestException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartFormTest {
    private static final String TYPE = "multipart/form-data; boundary=b0";
    private static final String FILE = lines(
            "--b0",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"",
            "Content-Type: audio/wav",
            "",
            "RIFF",
            "",
            "--b1",
            "--b0x",
            "");
    private static final String MODEL = "--b0\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n";
    private static final String END = "--b0--\r\n";

    @Test
    void field_beforeOrAfterTheFile_isFound() {
        assertThat(model(TYPE, MODEL + FILE + END)).hasValue("whisper");
        assertThat(model(TYPE, FILE + MODEL + END)).hasValue("whisper");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data; boundary=b0",
                "multipart/form-data; boundary=\"b0\"",
                "multipart/form-data;boundary=b0; charset=utf-8",
                "Multipart/Form-Data; charset=utf-8; Boundary=\"b0\"",
            })
    void field_anySpellingOfTheBoundary_isFound(String type) {
        assertThat(MultipartForm.isType(type)).isTrue();
        assertThat(model(type, FILE + MODEL + END)).hasValue("whisper");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Disposition: form-data; name=model",
                "content-disposition:form-data;name=\"model\"",
                "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"model\"",
            })
    void field_anySpellingOfItsHeaders_isFound(String headers) {
        assertThat(model(TYPE, "--b0\r\n" + headers + "\r\n\r\nwhisper\r\n" + END))
                .hasValue("whisper");
    }

    @Test
    void field_preambleAndBlanksBehindTheBoundary_areSkipped() {
        assertThat(model(TYPE, "a preamble\r\n" + MODEL.replaceFirst("--b0\r\n", "--b0 \t\r\n") + END))
                .hasValue("whisper");
    }

    @Test
    void field_decoysInsideTheFile_areNotRead() {
        String decoy = lines(
                "--b0",
                "Content-Disposition: form-data; name=\"file\"; filename=\"model\"",
                "",
                "Content-Disposition: form-data; name=\"model\"",
                "",
                "decoy",
                "--b1",
                "Content-Disposition: form-data; name=\"model\"",
                "",
                "decoy",
                "--b0more",
                "Content-Disposition: form-data; name=\"model\"",
                "",
                "decoy");

        assertThat(model(TYPE, decoy + MODEL + END)).hasValue("whisper");
        assertThat(model(TYPE, decoy + END)).isEmpty();
    }

    @Test
    void field_fileOfThatName_isNone() {
        assertThat(model(
                        TYPE,
                        "--b0\r\nContent-Disposition: form-data; name=\"model\"; filename=\"x\"\r\n\r\ndecoy\r\n"
                                + END))
                .isEmpty();
    }

    @Test
    void field_behindTheLastBoundary_isNone() {
        assertThat(model(TYPE, FILE + END + MODEL + END)).isEmpty();
    }

    @Test
    void field_emptyOrCut_isWhatIsThere() {
        assertThat(model(TYPE, MODEL.replace("whisper", "") + END)).hasValue("");
        assertThat(model(TYPE, MODEL)).hasValue("whisper\r\n");
        assertThat(model(TYPE, "--b0\r\n\r\nno headers\r\n" + MODEL + END)).hasValue("whisper");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not a form",
                "--b1\r\n\r\n",
                "--b0\r\nContent-Disposition: form-data; name=\"model\"\r\n",
                MODEL + MODEL + END,
            })
    void field_noFormOrRepeated_isRejected(String body) {
        assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> model(TYPE, body));
    }

    @Test
    void of_noBoundary_isRejected() {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> model("multipart/form-data", MODEL + END))
                .withMessageContaining("boundary");
    }

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    private static Optional<String> model(String type, String body) {
        return MultipartForm.of(type, body.getBytes(ISO_8859_1)).field("model");
    }
}
