package io.dlrouter.core.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeTimeoutException;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

public class CallDeadlineTest {
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration FIRST_BYTE = Duration.ofSeconds(2);
    private static final Duration WHOLE = Duration.ofSeconds(10);
    private static final Duration STREAM_IDLE = Duration.ofSeconds(3);

    private final FakeClock clock = new FakeClock();
    private final Deadlines deadlines = new Deadlines(clock);
    private final List<String> expired = new ArrayList<>();

    @Test
    void plainResponse_takesTooLong_isOverAfterTheWhole() {
        begin(false);

        assertExpiresAfter(WHOLE, "The plain node http://a:8000 did not respond within 10.0 s (request timeout).");
    }

    @Test
    void plainResponse_tricklesWithLineEnds_isBoundedAsAWhole() {
        CallDeadline deadline = begin(false);
        deadline.plain();
        for (int i = 0; i < 9; i++) {
            receive(deadline, Duration.ofSeconds(1), "x\n");
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
    void stream_responseIsPlain_isLimitedAsOneFromTheStart() {
        CallDeadline deadline = begin(true);
        clock.advance(FIRST_BYTE.dividedBy(2));

        deadline.plain();

        assertExpiresAfter(WHOLE.minus(FIRST_BYTE.dividedBy(2)), "(request timeout)");
    }

    @Test
    void stream_fallsSilent_isOverAfterTheIdleLimit() {
        CallDeadline deadline = stream();
        receive(deadline, STREAM_IDLE.minus(Deadlines.TICK), "data: 1\n\n");

        deadline.waiting();

        assertExpiresAfter(
                STREAM_IDLE,
                "The plain node http://a:8000 was silent for 3.0 s in the middle of its response"
                        + " (stream idle timeout).");
    }

    @Test
    void stream_tricklesWithoutLineEnd_isOverAfterTheIdleLimit() {
        CallDeadline deadline = stream();
        receive(deadline, Duration.ofSeconds(1), "x");
        receive(deadline, Duration.ofSeconds(1), "x");

        deadline.waiting();

        assertExpiresAfter(Duration.ofSeconds(1), "(stream idle timeout)");
    }

    /** The read that brings the first byte began before the response was known to be a stream. */
    @Test
    void stream_firstReadHasNoLineEnd_hasTheWholeIdleLimitLeft() {
        CallDeadline deadline = begin(true);
        clock.advance(Duration.ofSeconds(1));
        deadline.waiting();
        deadline.streaming();
        deadline.received(new byte[] {'x'}, 0, 1);

        deadline.waiting();

        assertExpiresAfter(STREAM_IDLE, "(stream idle timeout)");
    }

    @Test
    void stream_keepsTalking_isNeverOver() {
        CallDeadline deadline = stream();

        for (int i = 0; i < 100; i++) {
            receive(deadline, STREAM_IDLE.minus(Deadlines.TICK), i % 2 == 0 ? "data\n" : "data\r");
        }

        assertThat(expired).isEmpty();
    }

    @Test
    void stream_readerIsSlow_isNotTakenForASilentNode() {
        CallDeadline deadline = stream();
        receive(deadline, Duration.ofSeconds(1), "data: ");

        clock.advance(Duration.ofHours(1));
        deadline.waiting();

        assertExpiresAfter(STREAM_IDLE.minusSeconds(1), "(stream idle timeout)");
    }

    @Test
    void end_responseIsIn_isNeverOver() {
        CallDeadline deadline = begin(false);

        deadline.end();
        clock.advance(WHOLE);

        assertThat(expired).isEmpty();
        assertThat(clock.untilNextTask()).isEmpty();
    }

    private CallDeadline begin(boolean streamed) {
        CallTimeouts limits = new CallTimeouts(CONNECT, FIRST_BYTE, WHOLE, STREAM_IDLE);
        return new CallDeadline(Nodes.node("a", "m"), limits, streamed, deadlines, this::expire);
    }

    private void expire(NodeTimeoutException reason) {
        expired.add(reason.getMessage());
    }

    /** A stream whose first byte is in. */
    private CallDeadline stream() {
        CallDeadline deadline = begin(true);
        deadline.streaming();
        return deadline;
    }

    /** More of a response comes after somebody has waited for it for so long. */
    private void receive(CallDeadline deadline, Duration waited, String text) {
        deadline.waiting();
        clock.advance(waited);
        byte[] bytes = ("-" + text).getBytes(US_ASCII);
        deadline.received(bytes, 1, bytes.length - 1);
    }

    private void assertExpiresAfter(Duration limit, String message) {
        clock.advance(limit.minusNanos(1));
        assertThat(expired).isEmpty();
        clock.advance(Deadlines.TICK);
        assertThat(expired).singleElement().satisfies(text -> assertThat(text).contains(message));
    }
}
