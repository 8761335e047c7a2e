package io.dlrouter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InferenceRequestTest {
    private final byte[] body = "{\"model\":\"m\"}".getBytes(UTF_8);
    private final InferenceRequest request = InferenceRequest.post("/v1/completions?a=b", body);

    @Test
    void post_pathAndBody_keepsThemAsTheyAre() {
        assertThat(request.path()).isEqualTo("/v1/completions?a=b");
        assertThat(request.body()).isSameAs(body);
        assertThat(request.headers().map()).isEmpty();
    }

    @Test
    void post_pathWithoutSlash_tellsTheValueAndTheExpectation() {
        assertThatThrownBy(() -> InferenceRequest.post("v1/completions", body))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("path: v1/completions (expected: a path that begins with /)");
    }

    @Test
    void withHeaders_others_replacesThemInACopy() {
        HttpHeaders headers = HttpHeaders.of(Map.of("x-user-id", List.of("1")), (name, value) -> true);

        InferenceRequest changed = request.withHeader("x-tenant-id", "2").withHeaders(headers);

        assertThat(changed.headers()).isEqualTo(headers);
        assertThat(changed.path()).isEqualTo(request.path());
        assertThat(changed.body()).isSameAs(body);
        assertThat(request.headers().map()).isEmpty();
    }

    @Test
    void withHeader_nameThereInAnotherCase_addsAValue() {
        InferenceRequest changed = request.withHeader("X-User-Id", "1")
                .withHeader("x-user-id", "2")
                .withHeader("x-tenant-id", "3");

        assertThat(changed.headers().allValues("X-USER-ID")).containsExactly("1", "2");
        assertThat(changed.headers().firstValue("x-tenant-id")).hasValue("3");
    }

    @Test
    void of_anyMethod_isKeptBesideHeaders() {
        assertThat(InferenceRequest.delete("/v1/responses/r")
                        .withHeader("A", "b")
                        .method())
                .isEqualTo("DELETE");
        assertThat(InferenceRequest.get("/version").withClient("c").explained().method())
                .isEqualTo("GET");
        assertThatThrownBy(() -> InferenceRequest.of("get /", "/", new byte[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("method");
    }
}
