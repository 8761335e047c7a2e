package io.dlrouter.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.ModelCard;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCardsTest {

    private static final String LLAMA = """
            {"id":"llama","object":"model","created":1700000000,"owned_by":"vllm","root":"/models/llama",
             "parent":null,"max_model_len":8192,"permission":[{"id":"modelperm-1"}]}""";
    private static final String LORA =
            "{\"id\":\"lora\",\"created\":1.7E9,\"owned_by\":\"vllm\",\"root\":\"/loras/a\",\"parent\":\"llama\"}";

    @Test
    void parse_everythingAnEngineSays_isTheCard() throws IOException {
        assertThat(ModelCards.parse("{\"object\":\"list\",\"data\":[\n  " + LLAMA + ",\n  " + LORA + "]}"))
                .containsExactly(
                        new ModelCard(
                                "llama",
                                OptionalLong.of(1_700_000_000),
                                Optional.of("vllm"),
                                Optional.of("/models/llama"),
                                Optional.empty(),
                                OptionalLong.of(8192),
                                Optional.of(LLAMA)),
                        new ModelCard(
                                "lora",
                                OptionalLong.of(1_700_000_000),
                                Optional.of("vllm"),
                                Optional.of("/loras/a"),
                                Optional.of("llama"),
                                OptionalLong.empty(),
                                Optional.of(LORA)));
    }

    @Test
    void parse_memberOfAnotherType_isAsIfItWereAbsent() throws IOException {
        String card = "{\"id\":\"m\",\"created\":\"now\",\"owned_by\":[1],\"root\":{}}";

        assertThat(ModelCards.parse("{\"data\":[" + card + "]}"))
                .containsExactly(new ModelCard(
                        "m",
                        OptionalLong.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        Optional.of(card)));
    }

    @Test
    void parse_noModels_isEmpty() throws IOException {
        assertThat(ModelCards.parse("{\"data\":[]}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "[]",
                "null",
                "{\"data\":{}}",
                "{\"data\":[\"m\"]}",
                "{\"data\":[{}]}",
                "{\"data\":[{\"id\":7}]}",
                "{\"data\":[{\"id\":\"m\"}]",
            })
    void parse_notAListOfModels_isAnIoError(String json) {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> ModelCards.parse(json));
    }
}
