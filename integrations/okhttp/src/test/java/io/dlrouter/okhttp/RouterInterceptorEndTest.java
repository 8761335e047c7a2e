package io.dlrouter.okhttp;

import static io.dlrouter.core.Eventually.eventually;
import static io.dlrouter.okhttp.RoutedCalls.chat;
import static io.dlrouter.okhttp.RoutedCalls.client;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.dlrouter.Router;
import io.dlrouter.RouterClosedException;
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.RawEngine;
import io.dlrouter.core.RawEngine.Connection;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How calls through the interceptor stream, and how they end before their time. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterInterceptorEndTest {
    /** Stands still, so that nothing ends because its time is over. */
    private final FakeClock clock = new FakeClock();

    @RegisterExtension
    final TestFleet fleet = new TestFleet(clock);

    private final ExecutorService threads = Threads.system().perTask("test-caller");

    @Test
    void stream_eventByEvent_arrivesAsItComes() throws Exception {
        CompletableFuture<String> next = new CompletableFuture<>();
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.sendChunk(next.join());
            connection.sendEnd();
        });

        try (Response response = call(engine).execute()) {
            BufferedSource body = response.body().source();
            assertThat(body.readUtf8(9)).isEqualTo("data: 1\n\n");
            next.complete("data: 2\n\n");
            assertThat(body.readUtf8()).isEqualTo("data: 2\n\n");
        }
    }

    @Test
    void call_cancelledBefore_sendsNothing() {
        FakeEngine engine = fleet.engine();
        Call call = client(fleet.router(engine.node()), new OkHttpClient()).newCall(chat());
        call.cancel();

        assertThatIOException().isThrownBy(call::execute).withMessage("Canceled");
        assertThat(engine.requestsLeft()).isZero();
    }

    @Test
    void call_cancelledWhileTheNodeIsSilent_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine);

        Future<Response> response = threads.submit(call::execute);
        Connection connection = engine.next();
        call.cancel();

        connection.awaitEnded();
        assertThat(failureOf(response)).isInstanceOf(IOException.class).hasMessage("Canceled");
    }

    @Test
    void call_enqueuedAndCancelled_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine);
        CompletableFuture<Response> outcome = new CompletableFuture<>();

        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call failed, IOException e) {
                outcome.completeExceptionally(e);
            }

            @Override
            public void onResponse(Call responded, Response response) {
                outcome.complete(response);
            }
        });
        Connection connection = engine.next();
        call.cancel();

        connection.awaitEnded();
        assertThat(failureOf(outcome)).isInstanceOf(IOException.class).hasMessage("Canceled");
    }

    @Test
    void call_cancelledWhileItWaitsForALease_endsAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Router router =
                fleet.router(TestFleet.over(engine.node()).maxInFlight(1).queue(1, Duration.ofSeconds(10)));
        OkHttpClient client = client(router, new OkHttpClient());

        try (Response first = client.newCall(chat()).execute()) {
            Call call = client.newCall(chat());
            Future<Response> waiting = threads.submit(call::execute);
            eventually("it waits", () -> router.waiting() == 1);
            call.cancel();

            assertThat(failureOf(waiting)).isInstanceOf(IOException.class).hasMessage("Canceled");
            assertThat(first.code()).isEqualTo(200);
        }
    }

    @Test
    void call_cancelledInTheMiddleOfAStream_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Call call = call(engine);

        try (Response response = call.execute()) {
            BufferedSource body = response.body().source();
            assertThat(body.readUtf8(9)).isEqualTo("data: 1\n\n");
            Future<Byte> read = threads.submit(body::readByte);
            Connection connection = engine.next();
            call.cancel();

            connection.awaitEnded();
            assertThat(failureOf(read)).isInstanceOf(IOException.class).hasMessage("Canceled");
        }
    }

    @Test
    void body_closedInTheMiddleOfAStream_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Router router = fleet.router(engine.node());

        Response response = client(router, new OkHttpClient()).newCall(chat()).execute();
        response.body().source().require(9);
        response.close();

        engine.next().awaitEnded();
        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void body_readToItsEndAndNotClosed_holdsNoLease() throws IOException {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());

        Response response = client(router, new OkHttpClient()).newCall(chat()).execute();
        assertThat(response.body().source().readUtf8()).isEqualTo("{}");

        assertThat(TestFleet.inFlight(router)).isZero();
    }

    @Test
    void stream_cutByTheNode_failsTheRead() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.reset();
        });

        try (Response response = call(engine).execute()) {
            assertThatIOException().isThrownBy(() -> response.body().source().readUtf8());
        }
    }

    @Test
    void router_closedInTheMiddleOfAStream_failsTheRead() throws Exception {
        Router router = fleet.router(streamingEngine().node());

        try (Response response =
                client(router, new OkHttpClient()).newCall(chat()).execute()) {
            BufferedSource body = response.body().source();
            body.skip(9);
            Future<Byte> read = threads.submit(body::readByte);
            router.close();

            assertThat(failureOf(read)).isInstanceOf(IOException.class).hasCauseInstanceOf(RouterClosedException.class);
        }
    }

    @Test
    void thread_interruptedBefore_isNotARouterException() {
        Call call = call(fleet.rawEngine(Connection::awaitEnd));

        Thread.currentThread().interrupt();
        try {
            assertThatExceptionOfType(InterruptedIOException.class)
                    .isThrownBy(call::execute)
                    .withMessage("interrupted");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** An engine that sends one event and then waits to be left. */
    private RawEngine streamingEngine() {
        return fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.awaitEnd();
        });
    }

    private Call call(RawEngine engine) {
        return call(engine, new OkHttpClient());
    }

    private Call call(RawEngine engine, OkHttpClient client) {
        return client(fleet.router(engine.node()), client).newCall(chat());
    }

    private static Throwable failureOf(Future<?> future) throws Exception {
        try {
            return new AssertionError("no failure but " + future.get(30, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
    }
}
