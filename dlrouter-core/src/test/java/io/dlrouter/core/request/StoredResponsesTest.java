package io.dlrouter.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.ResponseNotFoundException;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StoredResponsesTest {
    private static final NodeAddress NODE = NodeSpec.of("vllm", "http://a:8000").address();
    private static final NodeAddress OTHER =
            NodeSpec.of("vllm", "http://b:8000").address();

    private final FakeClock clock = new FakeClock();
    private final StoredResponses responses = new StoredResponses(2, Duration.ofMinutes(10), clock);

    @Test
    void locate_known_isTheLastNodeThatHeldIt() {
        responses.put("r", NODE, "m");
        responses.put("r", OTHER, "n");

        assertThat(responses.locate(response("r")))
                .hasValue(new StoredResponses.Location("r", "previous_response_id", OTHER, "n"));
    }

    @Test
    void locate_unknownResponse_isNotFound() {
        assertThatExceptionOfType(ResponseNotFoundException.class)
                .isThrownBy(() -> responses.locate(response("r")))
                .withMessageContaining("'r'")
                .satisfies(missing -> assertThat(missing.status()).isEqualTo(404))
                .satisfies(missing -> assertThat(missing.param()).isEqualTo("previous_response_id"));
    }

    @Test
    void locate_unknownConversation_beginsIt() {
        assertThat(responses.locate(new StateReference("c", "conversation", true)))
                .isEmpty();
    }

    @Test
    void put_moreThanTheLimit_removesTheLeastRecentlyUsed() {
        responses.put("a", NODE, "m");
        responses.put("b", NODE, "m");
        responses.locate(response("a"));
        responses.put("c", NODE, "m");

        assertThat(responses.locate(response("a"))).isPresent();
        assertThat(responses.locate(response("c"))).isPresent();
        assertThatExceptionOfType(ResponseNotFoundException.class).isThrownBy(() -> responses.locate(response("b")));
    }

    @Test
    void locate_notUsedForItsLifetime_isNotFound() {
        responses.put("a", NODE, "m");
        responses.put("b", NODE, "m");
        clock.advance(Duration.ofMinutes(6));
        responses.locate(response("a"));
        clock.advance(Duration.ofMinutes(6));

        assertThat(responses.locate(response("a"))).isPresent();
        assertThatExceptionOfType(ResponseNotFoundException.class).isThrownBy(() -> responses.locate(response("b")));
    }

    @Test
    void remove_known_isNotFound() {
        responses.put("a", NODE, "m");
        responses.remove("a");

        assertThatExceptionOfType(ResponseNotFoundException.class).isThrownBy(() -> responses.locate(response("a")));
    }

    @Test
    void put_idOfManyCharacters_isNotKept() {
        String id = "r".repeat(257);
        responses.put(id, NODE, "m");

        assertThatExceptionOfType(ResponseNotFoundException.class)
                .isThrownBy(() -> responses.locate(response(id + id)))
                .satisfies(missing -> assertThat(missing.getMessage()).hasSizeLessThan(400));
        assertThatExceptionOfType(ResponseNotFoundException.class).isThrownBy(() -> responses.locate(response(id)));
    }

    private static StateReference response(String id) {
        return new StateReference(id, "previous_response_id", false);
    }
}
