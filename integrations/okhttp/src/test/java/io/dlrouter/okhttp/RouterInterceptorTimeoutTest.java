package io.dlrouter.okhttp;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.okhttp.RoutedCalls.chat;
import static io.dlrouter.okhttp.RoutedCalls.client;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.core.RawEngine;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.runtime.Threads;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** OkHttp's time-outs of calls through the interceptor. They use the system's time, on which nothing is asserted. */
@Tag("realtime")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterInterceptorTimeoutTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final ExecutorService threads = Threads.system().perTask("test-engine");

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void readTimeout_beforeTheResponse_endsTheConnection() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine, new OkHttpClient.Builder().readTimeout(SHORT).build());

        assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(call::execute);
        engine.next().awaitEnded();
    }

    @Test
    void readTimeout_inTheMiddleOfAStream_endsTheConnection() throws Exception {
        RawEngine engine = streamingEngine();
        Call call = call(engine, new OkHttpClient.Builder().readTimeout(SHORT).build());

        try (Response response = call.execute()) {
            BufferedSource body = response.body().source();
            body.skip(9);
            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(body::readByte);
            engine.next().awaitEnded();
        }
    }

    @Test
    void callTimeout_beforeTheResponse_endsTheConnection() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine, new OkHttpClient.Builder().callTimeout(SHORT).build());

        assertThatExceptionOfType(InterruptedIOException.class)
                .isThrownBy(call::execute)
                .withMessage("timeout");
        engine.next().awaitEnded();
    }

    /** Each read is served within the read timeout; only the whole takes too long. */
    @Test
    void callTimeout_inTheMiddleOfAStream_endsTheConnection() throws Exception {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            threads.execute(connection::awaitEnd);
            while (true) {
                connection.sendChunk("data: 2\n\n");
            }
        });
        Call call = call(engine, new OkHttpClient.Builder().callTimeout(SHORT).build());

        try (Response response = call.execute()) {
            BufferedSource body = response.body().source();
            assertThatExceptionOfType(InterruptedIOException.class)
                    .isThrownBy(() -> body.skip(Long.MAX_VALUE))
                    .withMessage("timeout");
            engine.next().awaitEnded();
        }
    }

    @Test
    void deadlineOfTheCall_inTheMiddleOfAStream_endsTheConnection() throws Exception {
        RawEngine engine = streamingEngine();
        Call call = call(
                engine,
                new OkHttpClient.Builder()
                        .readTimeout(Duration.ZERO)
                        .callTimeout(Duration.ofMinutes(1))
                        .build());
        call.timeout().deadline(SHORT.toMillis(), TimeUnit.MILLISECONDS);

        try (Response response = call.execute()) {
            BufferedSource body = response.body().source();
            assertThatExceptionOfType(InterruptedIOException.class)
                    .isThrownBy(() -> body.skip(Long.MAX_VALUE))
                    .withMessage("timeout");
            engine.next().awaitEnded();
        }
    }

    /** OkHttp has counted since the call began: it cancels the call before the bounds of the wait are reached. */
    @Test
    void callTimeout_partlySpentBefore_endsTheWaitWhenItIsOver() throws Exception {
        Duration whole = SHORT.multipliedBy(2);
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        OkHttpClient slow = new OkHttpClient.Builder()
                .readTimeout(Duration.ZERO)
                .callTimeout(whole)
                .addInterceptor(chain -> {
                    eventually("half the time is over", halfOf(whole));
                    return chain.proceed(chain.request());
                })
                .build();
        Call call = call(engine, slow);

        assertThatExceptionOfType(InterruptedIOException.class)
                .isThrownBy(call::execute)
                .withMessage("timeout")
                .havingCause()
                .withMessage("Canceled");
        engine.next().awaitEnded();
    }

    private static BooleanSupplier halfOf(Duration whole) {
        long end = System.nanoTime() + whole.toNanos() / 2;
        return () -> System.nanoTime() - end >= 0;
    }

    /** An engine that sends one event and then waits to be left. */
    private RawEngine streamingEngine() {
        return fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
    }

    private Call call(RawEngine engine, OkHttpClient client) {
        return client(fleet.router(engine.node()), client).newCall(chat());
    }
}
