package io.dlrouter.core.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.Usage;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTailTest {
    private static final String USAGE =
            "{\"prompt_tokens\":40,\"total_tokens\":47,\"completion_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":32}}";
    private static final Usage COUNTED = new Usage(40, OptionalLong.of(32), OptionalLong.of(7));

    @Test
    void usage_plainResponse_isRead() {
        assertThat(tail("{\"choices\":[{\"text\":\"the \\\"usage\\\": {} of it\"}],\"usage\":" + USAGE + ",\"x\":null}")
                        .usage())
                .hasValue(COUNTED);
    }

    @Test
    void usage_lastEventOfAStream_isRead() {
        assertThat(tail("data: {\"choices\":[{}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\" : " + USAGE
                                + "}\n\ndata: [DONE]\n\n")
                        .usage())
                .hasValue(COUNTED);
    }

    @Test
    void usage_withoutDetails_saysNothingOfTheCache() {
        assertThat(tail("{\"usage\":{\"prompt_tokens\":40,\"prompt_tokens_details\":null}}")
                        .usage())
                .hasValue(new Usage(40, OptionalLong.empty(), OptionalLong.empty()));
    }

    @Test
    void usage_sglangsOwnRoute_isRead() {
        assertThat(
                        tail("{\"text\":\"a\",\"meta_info\":{\"prompt_tokens\":40,\"completion_tokens\":7,\"cached_tokens\":32}}")
                                .usage())
                .hasValue(COUNTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no JSON",
                "\"usage\"",
                "{\"usage\":null}",
                "{\"usage\":{}}",
                "{\"usage\":{\"prompt_tokens\":-1}}",
                "{\"usage\":{\"prompt_tokens\":40",
                "{\"usage\":[40]}"
            })
    void usage_notThere_isEmpty(String response) {
        assertThat(tail(response).usage()).isEmpty();
    }

    @Property(tries = 300)
    void usage_anyLengthInAnyPieces_isRead(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] response =
                ("{\"text\":\"" + "x".repeat(random.nextInt(30_000)) + "\",\"usage\":" + USAGE + "}").getBytes(UTF_8);
        UsageTail tail = new UsageTail();
        for (int from = 0; from < response.length; ) {
            int count = Math.min(response.length - from, 1 + random.nextInt(10_000));
            tail.add(response, from, count);
            from += count;
        }

        assertThat(tail.usage()).hasValue(COUNTED);
    }

    private static UsageTail tail(String response) {
        UsageTail tail = new UsageTail();
        byte[] bytes = response.getBytes(UTF_8);
        tail.add(bytes, 0, bytes.length);
        return tail;
    }
}
