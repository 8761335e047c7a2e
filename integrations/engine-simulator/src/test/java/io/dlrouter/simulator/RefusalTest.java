package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.TEXT;
import static io.dlrouter.simulator.ApiClient.chat;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RefusalTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    VLLM     | {"error":{"message":"The model ~x~ does not exist.","type":"NotFoundError","param":"model","code":404}}
                    SGLANG   | {"object":"error","message":"The model ~x~ does not exist.","type":"NotFoundError","param":"model","code":404}
                    LMDEPLOY | {"message":"The model ~x~ does not exist.","type":"not_found_error","code":404,"param":"model","object":"error"}
                    """)
    void chat_unknownModel_is404InTheEnginesShape(EngineKind kind, String body) throws Exception {
        try (SimulatedEngine engine = engine(kind)) {
            HttpResponse<String> response = new ApiClient(engine).post(CHAT, "{\"model\":\"x\",\"messages\":[]}");

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.body()).isEqualTo(body.replace('~', '`'));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":[]}",
                "{\"model\":\"m\"}",
                "{\"model\":\"m\",\"messages\":[],\"max_tokens\":0}",
                "{\"model\":\"m\",\"messages\":[],\"max_tokens\":1.5}",
                "{\"model\":\"m\",\"messages\":[],\"n\":0}",
                "{\"model\":\"m\",\"messages\":[],\"stream\":\"yes\"}",
                "{\"model\":\"m\",\"messages\":[],\"stream_options\":{}}",
                "{\"model\":\"m\",\"messages\":[]",
                "[]",
                "no json",
                ""
            })
    void chat_wrongBody_is400(String body) throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            HttpResponse<String> response = new ApiClient(engine).post(CHAT, body);

            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body()).contains("\"type\":\"BadRequestError\"");
        }
    }

    @Test
    void text_withoutPrompt_is400() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            assertThat(new ApiClient(engine).post(TEXT, "{\"model\":\"m\"}").statusCode())
                    .isEqualTo(400);
        }
    }

    @ParameterizedTest
    @CsvSource({"VLLM, 200", "SGLANG, 401", "LMDEPLOY, 401"})
    void key_missing_is401WhereTheEngineAsksForIt(EngineKind kind, int statusOfTokenize) throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(kind).model("m").apiKey("secret").start()) {
            ApiClient client = new ApiClient(engine);

            assertThat(client.post(CHAT, chat("")).statusCode()).isEqualTo(401);
            assertThat(client.post(CHAT, chat(""), "Authorization", "Bearer wrong")
                            .statusCode())
                    .isEqualTo(401);
            assertThat(client.post(CHAT, chat(""), "Authorization", "Bearer secret")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(client.get("/v1/models").statusCode()).isEqualTo(401);
            assertThat(client.get("/health").statusCode()).isEqualTo(200);
            assertThat(client.post("/tokenize", "{}").statusCode()).isEqualTo(statusOfTokenize);
        }
    }

    @Test
    void sleepingEngine_inference_is503() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.LMDEPLOY)) {
            engine.health(Health.SLEEPING);

            assertThat(new ApiClient(engine).post(CHAT, chat("")).statusCode()).isEqualTo(503);
        }
    }

    @Test
    void unknownPath_is404() throws Exception {
        try (SimulatedEngine engine = engine(EngineKind.VLLM)) {
            assertThat(new ApiClient(engine).get("/nothing").statusCode()).isEqualTo(404);
            assertThat(new ApiClient(engine).get("/simulator/nothing").statusCode())
                    .isEqualTo(404);
        }
    }

    private static SimulatedEngine engine(EngineKind kind) {
        return SimulatedEngine.builder(kind).model("m").start();
    }
}
