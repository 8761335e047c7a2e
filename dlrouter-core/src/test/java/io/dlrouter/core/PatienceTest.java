package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeTimeoutException;
import io.dlrouter.spi.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatienceTest {
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration FIRST_BYTE = Duration.ofSeconds(2);
    private static final Duration WHOLE = Duration.ofSeconds(10);
    private static final Duration STREAM_IDLE = Duration.ofSeconds(3);

    private final FakeClock clock = new FakeClock();
    private final Deadlines deadlines = new Deadlines(clock);
    private final List<String> expired = new ArrayList<>();

    @Test
    void plainAnswer_takesTooLong_isOverAfterTheWhole() {
        begin(false);

        assertExpiresAfter(WHOLE, "The plain node http://a:8000 did not answer within 10.0 s (request timeout).");
    }

    @Test
    void plainAnswer_tricklesWithLineEnds_isBoundedAsAWhole() {
        Patience patience = begin(false);
        patience.plain();
        for (int i = 0; i < 9; i++) {
            receive(patience, Duration.ofSeconds(1), "x\n");
        }

        assertExpiresAfter(Duration.ofSeconds(1), "(request timeout)");
    }

    @Test
    void stream_hasNoFirstByte_isOverAfterItsLimit() {
        begin(true);

        assertExpiresAfter(
                FIRST_BYTE, "The plain node http://a:8000 sent no first byte within 2.0 s (first byte timeout).");
    }

    @Test
    void stream_answerIsPlain_isLimitedAsOneFromTheStart() {
        Patience patience = begin(true);
        clock.advance(FIRST_BYTE.dividedBy(2));

        patience.plain();

        assertExpiresAfter(WHOLE.minus(FIRST_BYTE.dividedBy(2)), "(request timeout)");
    }

    @Test
    void stream_fallsSilent_isOverAfterTheIdleLimit() {
        Patience patience = stream();
        receive(patience, STREAM_IDLE.minus(Deadlines.TICK), "data: 1\n\n");

        patience.waiting();

        assertExpiresAfter(
                STREAM_IDLE,
                "The plain node http://a:8000 did not go on for 3.0 s in the middle of its answer"
                        + " (stream idle timeout).");
    }

    @Test
    void stream_tricklesWithoutLineEnd_isOverAfterTheIdleLimit() {
        Patience patience = stream();
        receive(patience, Duration.ofSeconds(1), "x");
        receive(patience, Duration.ofSeconds(1), "x");

        patience.waiting();

        assertExpiresAfter(Duration.ofSeconds(1), "(stream idle timeout)");
    }

    /** The read that brings the first byte began before the answer was known to be a stream. */
    @Test
    void stream_firstReadHasNoLineEnd_hasTheWholeIdleLimitLeft() {
        Patience patience = begin(true);
        clock.advance(Duration.ofSeconds(1));
        patience.waiting();
        patience.streaming();
        patience.received(new byte[] {'x'}, 0, 1);

        patience.waiting();

        assertExpiresAfter(STREAM_IDLE, "(stream idle timeout)");
    }

    @Test
    void stream_keepsTalking_isNeverOver() {
        Patience patience = stream();

        for (int i = 0; i < 100; i++) {
            receive(patience, STREAM_IDLE.minus(Deadlines.TICK), i % 2 == 0 ? "data\n" : "data\r");
        }

        assertThat(expired).isEmpty();
    }

    @Test
    void stream_readerIsSlow_isNotTakenForASilentNode() {
        Patience patience = stream();
        receive(patience, Duration.ofSeconds(1), "data: ");

        clock.advance(Duration.ofHours(1));
        patience.waiting();

        assertExpiresAfter(STREAM_IDLE.minusSeconds(1), "(stream idle timeout)");
    }

    @Test
    void end_answerIsIn_isNeverOver() {
        Patience patience = begin(false);

        patience.end();
        clock.advance(WHOLE);

        assertThat(expired).isEmpty();
        assertThat(clock.untilNextTask()).isEmpty();
    }

    private Patience begin(boolean streamed) {
        Limits limits = new Limits(CONNECT, FIRST_BYTE, WHOLE, STREAM_IDLE);
        return new Patience(Nodes.node("a", "m"), limits, streamed, deadlines, this::expire);
    }

    private void expire(NodeTimeoutException reason) {
        expired.add(reason.getMessage());
    }

    /** A stream whose first byte is in. */
    private Patience stream() {
        Patience patience = begin(true);
        patience.streaming();
        return patience;
    }

    /** More of an answer comes after somebody has waited for it for so long. */
    private void receive(Patience patience, Duration waited, String text) {
        patience.waiting();
        clock.advance(waited);
        byte[] bytes = ("-" + text).getBytes(US_ASCII);
        patience.received(bytes, 1, bytes.length - 1);
    }

    private void assertExpiresAfter(Duration limit, String message) {
        clock.advance(limit.minusNanos(1));
        assertThat(expired).isEmpty();
        clock.advance(Deadlines.TICK);
        assertThat(expired).singleElement().satisfies(said -> assertThat(said).contains(message));
    }
}
