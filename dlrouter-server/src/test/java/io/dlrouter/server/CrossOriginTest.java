package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CrossOriginTest {
    private static final String ALLOW_ORIGIN = "access-control-allow-origin";

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/v1/models", "/nodes/status"})
    void preflight_allowedOrigin_needsNoKey(String path) throws Exception {
        try (Gateway gateway = Gateway.start("--cors_allow_origins", "https://a.example", "--api_keys", "k")) {
            HttpResponse<String> response = preflight(gateway, path, "https://a.example");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue(ALLOW_ORIGIN)).hasValue("https://a.example");
            assertThat(response.headers()
                            .firstValue("access-control-allow-methods")
                            .orElse(""))
                    .contains("POST");
            assertThat(response.headers()
                            .firstValue("access-control-allow-headers")
                            .orElse(""))
                    .contains("Authorization")
                    .contains("*");
            assertThat(response.headers().firstValue("vary")).hasValue("Origin");
        }
    }

    @ParameterizedTest
    @CsvSource({"https://aXexample", "https://a.example.evil.test", "http://a.example", "null"})
    void preflight_otherOrigin_isNotAllowed(String origin) throws Exception {
        try (Gateway gateway = Gateway.start("--cors_allow_origins", "https://a.example")) {
            assertThat(preflight(gateway, "/v1/models", origin).headers().firstValue(ALLOW_ORIGIN))
                    .isEmpty();
        }
    }

    @Test
    void response_allowedOrigin_mayBeReadErrorsIncluded() throws Exception {
        try (Gateway gateway = Gateway.start("--cors_allow_origins", "https://b.example, https://a.example")) {
            for (String path : new String[] {"/v1/models", "/nope"}) {
                HttpResponse<String> response = gateway.get(path, "Origin", "https://a.example");

                assertThat(response.headers().allValues(ALLOW_ORIGIN)).containsExactly("https://a.example");
                assertThat(response.headers()
                                .firstValue("access-control-expose-headers")
                                .orElse(""))
                        .contains("X-Request-Id", "x-dlrouter-node");
            }
        }
    }

    @Test
    void response_anyOriginAllowed_mayBeRead() throws Exception {
        try (Gateway gateway = Gateway.start("--cors_allow_origins", "*")) {
            assertThat(gateway.post("/v1/chat/completions", "{", "Origin", "https://x.example")
                            .headers()
                            .firstValue(ALLOW_ORIGIN))
                    .isPresent();
        }
    }

    @Test
    void response_noOriginsConfigured_hasNoCorsHeaders() throws Exception {
        try (Gateway gateway = Gateway.start()) {
            assertThat(gateway.get("/v1/models", "Origin", "https://a.example")
                            .headers()
                            .firstValue(ALLOW_ORIGIN))
                    .isEmpty();
            assertThat(preflight(gateway, "/v1/models", "https://a.example").statusCode())
                    .isEqualTo(405);
        }
    }

    private static HttpResponse<String> preflight(Gateway gateway, String path, String origin) throws Exception {
        return gateway.send("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", "POST");
    }
}
