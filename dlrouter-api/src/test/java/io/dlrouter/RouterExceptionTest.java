package io.dlrouter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterExceptionTest {
    private final IOException cause = new IOException("reset");

    @ParameterizedTest
    @CsvSource({"PREFILL, prefill_failed", "DECODE, decode_failed"})
    void legFailed_eitherLeg_isABadGatewayThatNamesIt(Role leg, String code) {
        LegFailedException failure = new LegFailedException(leg, "why", cause);

        assertThat(failure.leg()).isEqualTo(leg);
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).hasMessage("why").hasCause(cause);
    }

    @Test
    void nodeUnreachable_nothingSaidOfTheRequest_cannotHaveArrived() {
        assertThat(new NodeUnreachableException("why").mayHaveArrived()).isFalse();
        assertThat(new NodeUnreachableException("why", cause).mayHaveArrived()).isFalse();
        assertThat(new NodeUnreachableException("why", cause, false).mayHaveArrived())
                .isFalse();
    }

    @Test
    void nodeUnreachable_requestWasSent_mayHaveArrived() {
        NodeUnreachableException failure = new NodeUnreachableException("why", cause, true);

        assertThat(failure.mayHaveArrived()).isTrue();
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure.code()).isEqualTo("node_unreachable");
        assertThat(failure).hasMessage("why").hasCause(cause);
    }
}
