package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.RecordedRequest;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as real clients send them: forms, encoded bodies, other routes, trailing slashes. */
class ClientRequestsTest {
    private static final String CHAT = "{\"model\":\"org/demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final Set<String> PROBES = Set.of("/health", "/v1/models", "/metrics");
    private static final String FORM_TYPE = "multipart/form-data; boundary=xyz";
    private static final String FORM = String.join(
            "\r\n",
            "--xyz",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"",
            "",
            "Content-Disposition: form-data; name=\"model\"",
            "",
            "decoy",
            "--xyz",
            "Content-Disposition: form-data; name=\"model\"",
            "",
            "org/demo",
            "--xyz--",
            "");

    private final SimulatedEngine engine = SimulatedEngine.start(EngineKind.VLLM, "org/demo");

    @AfterEach
    void stop() {
        assertThat(engine.violations()).isEmpty();
        engine.close();
    }

    private Gateway gateway(String... arguments) throws Exception {
        Gateway gateway = Gateway.start(arguments);
        gateway.router.nodes().add(NodeSpec.of("vllm", engine.url()).withModels("org/demo"));
        return gateway;
    }

    /** The last request that was no probe. */
    private RecordedRequest lastRequest() {
        List<RecordedRequest> requests = engine.requests().stream()
                .filter(request -> !PROBES.contains(request.path()))
                .toList();
        return requests.get(requests.size() - 1);
    }

    @Test
    void form_chunkedUpload_reachesTheEngineByteForByte() throws Exception {
        try (Gateway gateway = gateway();
                RawClient client = new RawClient(gateway)) {
            client.send("POST /v1/audio/transcriptions HTTP/1.1\r\nHost: gateway\r\nContent-Type: " + FORM_TYPE
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int at = 0; at < FORM.length(); at += 7) {
                String chunk = FORM.substring(at, Math.min(FORM.length(), at + 7));
                client.send(Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n");
            }
            StrictResponse response = client.send("0\r\n\r\n").response();

            assertThat(response.status()).isEqualTo(200);
            assertThat(lastRequest().text()).isEqualTo(FORM);
            assertThat(lastRequest().header("content-type")).hasValue(FORM_TYPE);
        }
    }

    @Test
    void form_largerThanTheLimit_isTooLarge() throws Exception {
        try (Gateway gateway = gateway("--max_body_size", "100")) {
            assertThat(gateway.post("/v1/audio/transcriptions", FORM, "Content-Type", FORM_TYPE)
                            .statusCode())
                    .isEqualTo(413);
        }
    }

    @Test
    void form_unknownModel_is404() throws Exception {
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = gateway.post(
                    "/v1/audio/translations", FORM.replace("org/demo", "other"), "Content-Type", FORM_TYPE);

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(Gateway.error(response, "code")).isEqualTo("model_not_found");
        }
    }

    @Test
    void encodedBody_gzip_isForwardedAsItIs() throws Exception {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(CHAT.getBytes(UTF_8));
        }
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(gateway.server.url() + "/v1/chat/completions"))
                                    .header("Content-Encoding", "gzip")
                                    .POST(BodyPublishers.ofByteArray(gzip.toByteArray()))
                                    .build(),
                            BodyHandlers.ofString());

            assertThat(response.headers().firstValue("x-dlrouter-error")).isEmpty();
            assertThat(lastRequest().body()).isEqualTo(gzip.toByteArray());
            assertThat(lastRequest().header("content-encoding")).hasValue("gzip");
        }
    }

    @Test
    void encodedBody_zstd_isUnsupportedAndNamesWhatIsSupported() throws Exception {
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = gateway.post("/v1/chat/completions", CHAT, "Content-Encoding", "zstd");

            assertThat(response.statusCode()).isEqualTo(415);
            assertThat(response.headers().firstValue("x-dlrouter-error")).hasValue("unsupported_encoding");
            assertThat(response.headers().firstValue("Accept-Encoding")).hasValue("gzip, deflate, identity");
            assertThat(engine.requests()).noneMatch(request -> request.method().equals("POST"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v2/rerank",
                "/v2/embed",
                "/cohere/v2/chat",
                "/generative_scoring",
                "/invocations",
                "/inference/v1/generate",
                "/v1/decisions",
                "/v1/systemone",
                "/v1/chat/completions/batch",
            })
    void route_ofAnEngine_isRouted(String path) throws Exception {
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = gateway.post(path, CHAT);

            assertThat(response.headers().firstValue("x-dlrouter-error")).isEmpty();
            assertThat(lastRequest().path()).isEqualTo(path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/inference/v1/abort_requests", "/abort_requests", "/v1/load_lora_adapter", "/pause"})
    void route_thatControlsAnEngine_isNotRouted(String path) throws Exception {
        try (Gateway gateway = gateway()) {
            assertThat(gateway.post(path, CHAT).statusCode()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/version", "/ping"})
    void get_ofAnyNode_isRouted(String path) throws Exception {
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = gateway.get(path);

            assertThat(response.headers().firstValue("x-dlrouter-error")).isEmpty();
            assertThat(lastRequest().method()).isEqualTo("GET");
            assertThat(lastRequest().path()).isEqualTo(path);
            assertThat(lastRequest().headers().firstValue("content-length")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/unknown, 404",
        "/v1/files, 404",
        "/v1/chat/completions, 405",
        "/v1/responses, 405",
        "/rerank, 405",
    })
    void get_ofAPathThatIsNotRead_isNotFoundOrNotAllowed(String path, int status) throws Exception {
        try (Gateway gateway = gateway()) {
            assertThat(gateway.get(path).statusCode()).isEqualTo(status);
        }
    }

    @Test
    void trailingSlash_isNotSentOn() throws Exception {
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = gateway.post("/v1/chat/completions/?a=b", CHAT);

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(lastRequest().path()).isEqualTo("/v1/chat/completions");
            assertThat(lastRequest().query()).isEqualTo("a=b");
        }
    }

    @Test
    void location_ofTheNode_isAPathForTheClient() throws Exception {
        try (Gateway gateway = gateway()) {
            engine.inject(
                    Fault.canned(307, Map.of("Location", engine.url() + "/v1/elsewhere?a=b", "Content-Length", "0")));

            HttpResponse<String> response = gateway.post("/v1/chat/completions", CHAT);

            assertThat(response.statusCode()).isEqualTo(307);
            assertThat(response.headers().firstValue("Location")).hasValue("/v1/elsewhere?a=b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/org/demo", "/v1/models/org%2Fdemo", "//v1/models/org%2fdemo"})
    void modelCard_known_isTheCard(String path) throws Exception {
        try (Gateway gateway = gateway("--api_keys", "k")) {
            Await.until(() -> gateway.router.models().stream()
                    .anyMatch(card -> card.json().isPresent()));
            assertThat(gateway.get(path).statusCode()).isEqualTo(401);

            HttpResponse<String> response = gateway.get(path, "Authorization", "Bearer k");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
            Map<?, ?> card = (Map<?, ?>) Gateway.json(response);
            assertThat(card.get("id")).isEqualTo("org/demo");
            assertThat(card.get("permission")).isEqualTo(List.of());
            assertThat(card.containsKey("parent")).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/demo", "/v1/models/org%2Fother"})
    void modelCard_unknown_isNotFound(String path) throws Exception {
        try (Gateway gateway = gateway()) {
            HttpResponse<String> response = gateway.get(path);

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(Gateway.error(response, "code")).isEqualTo("model_not_found");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1%2Fmodels", "/v1/chat%2Fcompletions", "/nodes%2Fstatus"})
    void encodedSlash_elsewhere_isRejected(String path) throws Exception {
        try (Gateway gateway = gateway()) {
            assertThat(gateway.get(path).statusCode()).isEqualTo(400);
            assertThat(gateway.post(path, CHAT).statusCode()).isEqualTo(400);
        }
    }

    @Test
    void models_manyAreServed_messageNamesAFew() throws Exception {
        try (Gateway gateway = gateway()) {
            String[] names = new String[3000];
            for (int i = 0; i < names.length; i++) {
                names[i] = "model-" + i;
            }
            gateway.router.nodes().add(NodeSpec.of("vllm", engine.url()).withModels(names));

            HttpResponse<String> response = gateway.post("/v1/chat/completions", "{\"messages\":[]}");

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).hasSizeLessThan(1000).contains("2995 more");
        }
    }
}
