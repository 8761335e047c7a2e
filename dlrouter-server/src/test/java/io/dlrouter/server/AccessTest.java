package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AccessTest {
    private static final String NODE = "{\"url\":\"http://n:1\",\"status\":{\"models\":[\"a\"]}}";

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/models",
        "POST, /v1/chat/completions",
        "POST, /generate",
        "GET, /metrics",
        "GET, /nodes/status",
        "POST, /nodes/add",
        "POST, /nodes/remove",
        "POST, /nodes/drain",
        "POST, /nodes/terminate",
        "POST, /nodes/terminate_all",
        "GET, /nodes/terminate_all",
    })
    void route_noKey_is401(String method, String path) throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one,two")) {
            HttpResponse<String> response = gateway.send(method, path, "");

            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.headers().firstValue("www-authenticate")).hasValue("Bearer");
            assertThat(response.headers().firstValue("x-dlrouter-error")).hasValue("invalid_api_key");
            assertThat(Gateway.error(response, "code")).isEqualTo("invalid_api_key");
            assertThat(response.body()).doesNotContain("one").doesNotContain("two");
        }
    }

    @Test
    void nodesStatus_headWithoutKey_is401() throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one")) {
            assertThat(gateway.send("HEAD", "/nodes/status", "").statusCode()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Bearer one, 200",
        "bearer two, 200",
        "Bearer three, 401",
        "Bearer on, 401",
        "Bearer onee, 401",
        "Bearer, 401",
        "one, 401",
        "Basic one, 401",
        "'Bearer one,two', 401",
    })
    void models_key_opensOrNot(String authorization, int status) throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one, two")) {
            assertThat(gateway.get("/v1/models", "Authorization", authorization).statusCode())
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({"/health, 200", "/ready, 503"})
    void probes_keysSet_needNone(String path, int status) throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one")) {
            assertThat(gateway.get(path).statusCode()).isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({"one, /v1/models, 200", "one, /nodes/status, 401", "admin, /nodes/status, 200", "admin, /v1/models, 401"
    })
    void adminKeys_set_areApartFromApiKeys(String key, String path, int status) throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one", "--admin_api_keys", "admin")) {
            assertThat(gateway.get(path, "Authorization", "Bearer " + key).statusCode())
                    .isEqualTo(status);
        }
    }

    @Test
    void adminKeys_notSet_areTheApiKeys() throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one")) {
            assertThat(gateway.get("/nodes/status", "Authorization", "Bearer one")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void trustedRegistrar_noKey_mayAddAndNothingElse() throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one", "--trusted_registrars", "::1/128,127.0.0.0/8")) {
            assertThat(gateway.post("/nodes/add", NODE).statusCode()).isEqualTo(200);
            assertThat(gateway.nodes("Authorization", "Bearer one")).containsOnlyKeys("http://n:1");
            assertThat(gateway.post("/nodes/remove", NODE).statusCode()).isEqualTo(401);
            assertThat(gateway.post("/nodes/terminate", NODE).statusCode()).isEqualTo(401);
            assertThat(gateway.get("/nodes/status").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void trustedRegistrar_elsewhere_needsKey() throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one", "--trusted_registrars", "10.0.0.0/8")) {
            assertThat(gateway.post("/nodes/add", NODE).statusCode()).isEqualTo(401);
            assertThat(gateway.post("/nodes/add", NODE, "Authorization", "Bearer one")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({"X-Forwarded-For, 127.0.0.1", "Forwarded, for=127.0.0.1"})
    void trustedRegistrar_callWasForwarded_needsKey(String header, String value) throws Exception {
        try (Gateway gateway = Gateway.start("--api_keys", "one", "--trusted_registrars", "127.0.0.0/8")) {
            assertThat(gateway.post("/nodes/add", NODE, header, value).statusCode())
                    .isEqualTo(401);
        }
    }
}
