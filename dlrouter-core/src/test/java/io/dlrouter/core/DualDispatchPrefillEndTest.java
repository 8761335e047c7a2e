package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.paired;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.Router;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a prefill leg that has not ended when decode has. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DualDispatchPrefillEndTest {
    private static final Duration END_OF_PREFILL = Duration.ofMillis(100);
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final String EVENT = "data: {}\n\n";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeClock clock = new FakeClock();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void prefill_doesNotEnd_isAbortedAfterTheGrace(boolean streamed) throws Exception {
        RawEngine prefill = fleet.rawEngine(Connection::awaitEnd);
        RawEngine decode = decode(streamed);
        NodeSpec prefilling = prefill.node(PREFILL);
        Router router = router(prefilling, decode);

        CompletableFuture<String> response = served(router, chat());
        Connection connection = prefill.next();
        clock.awaitTaskIn(END_OF_PREFILL);
        clock.advance(END_OF_PREFILL);
        assertThat(response.get(20, TimeUnit.SECONDS)).isEqualTo(streamed ? EVENT : "{}");
        assertThat(TestFleet.inFlight(router, prefilling)).isOne();
        clock.advance(GRACE.minus(END_OF_PREFILL).minusNanos(1));
        assertThat(TestFleet.inFlight(router, prefilling)).isOne();

        clock.advance(Duration.ofNanos(1));

        connection.awaitEnded();
        eventually("prefill's lease is released", () -> TestFleet.inFlight(router, prefilling) == 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void prefill_endsWithinTheGrace_isReadToItsEnd(boolean streamed) throws Exception {
        RawEngine prefill = fleet.rawEngine(connection -> {
            connection.awaitRelease();
            connection.sendJson("{}");
        });
        RawEngine decode = decode(streamed);
        NodeSpec prefilling = prefill.node(PREFILL);
        Router router = router(prefilling, decode);

        CompletableFuture<String> response = served(router, chat());
        clock.awaitTaskIn(END_OF_PREFILL);
        clock.advance(END_OF_PREFILL);
        assertThat(response.get(20, TimeUnit.SECONDS)).isNotEmpty();
        Connection connection = prefill.next();
        connection.release();

        eventually("prefill's lease is released", () -> TestFleet.inFlight(router, prefilling) == 0);
        clock.advance(GRACE);
        assertThat(served(router, chat()).get(20, TimeUnit.SECONDS)).isNotEmpty();
        assertThat(prefill.next()).isSameAs(connection);
    }

    /** A client that has its last byte holds no lease on either node. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void prefill_endsShortlyAfterDecode_isReleasedBeforeTheCallerHasTheEnd(boolean streamed) throws Exception {
        RawEngine prefill = fleet.rawEngine(connection -> {
            connection.awaitRelease();
            connection.sendJson("{}");
        });
        RawEngine decode = decode(streamed);
        Router router = router(prefill.node(PREFILL), decode);

        CompletableFuture<String> response = served(router, chat());
        clock.awaitTaskIn(END_OF_PREFILL);
        assertThat(response).isNotDone();
        prefill.next().release();

        assertThat(response.get(20, TimeUnit.SECONDS)).isNotEmpty();
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void prefill_doesNotEndAndHoldsAPart_failsTheRequest() throws Exception {
        RawEngine prefill = fleet.rawEngine(Connection::awaitEnd);
        RawEngine decode = fleet.rawEngine(connection -> connection.sendJson("{\"meta\":{\"tokens\":[2]}}"));
        Router router = router(prefill.node(PREFILL), decode);

        CompletableFuture<String> response = served(router, chat("{\"model\":\"m\",\"lists\":1}"));
        clock.awaitTaskIn(END_OF_PREFILL);
        clock.advance(GRACE);

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> response.get(20, TimeUnit.SECONDS))
                .withCauseInstanceOf(NodeTimeoutException.class)
                .withMessageContaining(prefill.node().address() + " did not end its response within 1.0 s of decode");
    }

    private Router router(NodeSpec prefilling, RawEngine decode) {
        return fleet.router(
                paired(prefilling, decode.node(DECODE)).clock(clock).healthCheckInterval(Duration.ofHours(1)));
    }

    private RawEngine decode(boolean streamed) {
        return fleet.rawEngine(connection -> {
            if (streamed) {
                connection.sendStream(EVENT);
                connection.sendEnd();
            } else {
                connection.sendJson("{}");
            }
        });
    }

    private static CompletableFuture<String> served(Router router, InferenceRequest request) {
        return CompletableFuture.supplyAsync(() -> {
            try (InferenceResponse response = router.route(request)) {
                return new String(response.body().readAllBytes(), UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
