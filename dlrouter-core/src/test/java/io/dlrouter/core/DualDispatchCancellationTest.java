package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.paired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that disconnects ends what is in progress for it, even a node's word that it is wrong. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DualDispatchCancellationTest {

    /** Stands still, so that nothing ends because its time is over. */
    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-client");
    private final Cancellation cancellation = new Cancellation();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void route_cancelledWhilePrefillsRefusalStalls_endsItAtOnce(int samples) throws Exception {
        RawEngine refusing = stallingRefusal();
        RawEngine waiting = fleet.rawEngine(RawEngine.Connection::awaitEnd);

        assertRefusalEndsAtOnce(fleet.router(paired(refusing.node(PREFILL), waiting.node(DECODE))), samples);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void route_cancelledWhileDecodesRefusalStalls_endsItAtOnce(int samples) throws Exception {
        RawEngine refusing = stallingRefusal();
        RawEngine waiting = fleet.rawEngine(RawEngine.Connection::awaitEnd);

        assertRefusalEndsAtOnce(fleet.router(paired(waiting.node(PREFILL), refusing.node(DECODE))), samples);
    }

    /** An engine that refuses and then does not say why. */
    private RawEngine stallingRefusal() {
        return fleet.rawEngine(connection -> {
            connection.send("HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{");
            connection.awaitEnd();
        });
    }

    private void assertRefusalEndsAtOnce(Router router, int samples) throws Exception {
        try (InferenceResponse refusal = router.route(chat("{\"model\":\"m\",\"n\":" + samples + "}"), cancellation)) {
            assertThat(refusal.status()).isEqualTo(400);
            CountDownLatch begun = new CountDownLatch(1);
            Future<byte[]> read = threads.submit(() -> {
                assertThat(refusal.body().read()).isEqualTo('{');
                begun.countDown();
                return refusal.body().readAllBytes();
            });
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

            cancellation.cancel();

            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> read.get(30, TimeUnit.SECONDS))
                    .withCauseInstanceOf(IOException.class);
        }
    }
}
