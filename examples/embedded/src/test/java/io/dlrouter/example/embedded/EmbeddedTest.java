package io.dlrouter.example.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class EmbeddedTest {
    @Test
    void stream_twoEngines_oneOfThemAnswers() throws IOException {
        try (SimulatedEngine first = engine();
                SimulatedEngine second = engine()) {
            ByteArrayOutputStream output = new ByteArrayOutputStream();

            Embedded.stream(first.url(), second.url(), output);

            assertThat(output.toString(UTF_8)).startsWith("data: {").endsWith("data: [DONE]\n\n");
            assertThat(first.requests("/v1/chat/completions").size()
                            + second.requests("/v1/chat/completions").size())
                    .isEqualTo(1);
        }
    }

    private static SimulatedEngine engine() throws IOException {
        return SimulatedEngine.builder(EngineKind.VLLM).model("demo").tokens(3).start();
    }
}
