package io.dlrouter.core;

import static io.dlrouter.core.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.dlrouter.Router;
import io.dlrouter.RouterClosedException;
import io.dlrouter.core.RawEngine.Connection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How calls through the interceptor stream, and how they end before their time. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterInterceptorEndTest {
    private static final Duration AT_ONCE = Duration.ofMillis(100);
    private static final Duration SHORT = Duration.ofMillis(200);

    @RegisterExtension
    final Fleet fleet = new Fleet();

    private final ExecutorService threads = Threads.perTask("test-caller");

    @Test
    void stream_eventByEvent_arrivesAsItComes() throws Exception {
        CompletableFuture<String> next = new CompletableFuture<>();
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.sendChunk(next.join());
            connection.sendEnd();
        });

        try (Response answer = call(engine).execute()) {
            BufferedSource body = answer.body().source();
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

        Future<Response> answer = threads.submit(call::execute);
        Connection connection = engine.next();
        long cancelled = System.nanoTime();
        call.cancel();

        assertThat(connection.endedAt() - cancelled).isLessThan(AT_ONCE.toNanos());
        assertThat(failureOf(answer)).isInstanceOf(IOException.class).hasMessage("Canceled");
    }

    @Test
    void call_enqueuedAndCancelled_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine);
        CompletableFuture<Response> answer = new CompletableFuture<>();

        call.enqueue(new Callback() {
            @Override
            public void onFailure(Call failed, IOException e) {
                answer.completeExceptionally(e);
            }

            @Override
            public void onResponse(Call answered, Response response) {
                answer.complete(response);
            }
        });
        Connection connection = engine.next();
        long cancelled = System.nanoTime();
        call.cancel();

        assertThat(connection.endedAt() - cancelled).isLessThan(AT_ONCE.toNanos());
        assertThat(failureOf(answer)).isInstanceOf(IOException.class).hasMessage("Canceled");
    }

    @Test
    void call_cancelledWhileItWaitsForAPlace_endsAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Router router = fleet.router(Fleet.over(engine.node()).maxInFlight(1).queue(1, Duration.ofSeconds(10)));
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

        try (Response answer = call.execute()) {
            BufferedSource body = answer.body().source();
            assertThat(body.readUtf8(9)).isEqualTo("data: 1\n\n");
            Future<Byte> read = threads.submit(body::readByte);
            Connection connection = engine.next();
            long cancelled = System.nanoTime();
            call.cancel();

            assertThat(connection.endedAt() - cancelled).isLessThan(AT_ONCE.toNanos());
            assertThat(failureOf(read)).isInstanceOf(IOException.class).hasMessage("Canceled");
        }
    }

    @Test
    void body_closedInTheMiddleOfAStream_endsTheConnectionAtOnce() throws Exception {
        RawEngine engine = streamingEngine();
        Router router = fleet.router(engine.node());

        Response answer = client(router, new OkHttpClient()).newCall(chat()).execute();
        answer.body().source().require(9);
        long closed = System.nanoTime();
        answer.close();

        assertThat(engine.next().endedAt() - closed).isLessThan(AT_ONCE.toNanos());
        assertThat(Fleet.inFlight(router)).isZero();
    }

    @Test
    void body_readToItsEndAndNotClosed_holdsNoPlace() throws IOException {
        FakeEngine engine = fleet.engine();
        Router router = fleet.router(engine.node());

        Response answer = client(router, new OkHttpClient()).newCall(chat()).execute();
        assertThat(answer.body().source().readUtf8()).isEqualTo("{}");

        assertThat(Fleet.inFlight(router)).isZero();
    }

    @Test
    void readTimeout_beforeTheAnswer_endsTheConnection() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine, new OkHttpClient.Builder().readTimeout(SHORT).build());

        assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(call::execute);
        assertThat(engine.next().endedAt()).isPositive();
    }

    @Test
    void readTimeout_inTheMiddleOfAStream_endsTheConnection() throws Exception {
        RawEngine engine = streamingEngine();
        Call call = call(engine, new OkHttpClient.Builder().readTimeout(SHORT).build());

        try (Response answer = call.execute()) {
            BufferedSource body = answer.body().source();
            body.skip(9);
            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(body::readByte);
            assertThat(engine.next().endedAt()).isPositive();
        }
    }

    @Test
    void callTimeout_beforeTheAnswer_endsTheConnection() throws Exception {
        RawEngine engine = fleet.rawEngine(Connection::awaitEnd);
        Call call = call(engine, new OkHttpClient.Builder().callTimeout(SHORT).build());

        assertThatExceptionOfType(InterruptedIOException.class)
                .isThrownBy(call::execute)
                .withMessage("timeout");
        assertThat(engine.next().endedAt()).isPositive();
    }

    /** Each read is answered within the read timeout; only the whole takes too long. */
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

        try (Response answer = call.execute()) {
            BufferedSource body = answer.body().source();
            assertThatExceptionOfType(InterruptedIOException.class)
                    .isThrownBy(() -> body.skip(Long.MAX_VALUE))
                    .withMessage("timeout");
            assertThat(engine.next().endedAt()).isPositive();
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

        try (Response answer = call.execute()) {
            BufferedSource body = answer.body().source();
            assertThatExceptionOfType(InterruptedIOException.class)
                    .isThrownBy(() -> body.skip(Long.MAX_VALUE))
                    .withMessage("timeout");
            assertThat(engine.next().endedAt()).isPositive();
        }
    }

    /** OkHttp has counted since the call began. */
    @Test
    void callTimeout_partlySpentBefore_endsTheWaitWhenItIsOver() throws Exception {
        Duration whole = Duration.ofSeconds(1);
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

        long begun = System.nanoTime();
        assertThatExceptionOfType(InterruptedIOException.class)
                .isThrownBy(call::execute)
                .withMessage("timeout");
        assertThat(System.nanoTime() - begun).isLessThan(whole.toNanos() * 3 / 2);
        assertThat(engine.next().endedAt()).isPositive();
    }

    private static BooleanSupplier halfOf(Duration whole) {
        long end = System.nanoTime() + whole.toNanos() / 2;
        return () -> System.nanoTime() - end >= 0;
    }

    @Test
    void stream_brokenOffByTheNode_failsTheRead() throws IOException {
        RawEngine engine = fleet.rawEngine(connection -> {
            connection.sendStream("data: 1\n\n");
            connection.reset();
        });

        try (Response answer = call(engine).execute()) {
            assertThatIOException().isThrownBy(() -> answer.body().source().readUtf8());
        }
    }

    @Test
    void router_closedInTheMiddleOfAStream_failsTheRead() throws Exception {
        Router router = fleet.router(streamingEngine().node());

        try (Response answer =
                client(router, new OkHttpClient()).newCall(chat()).execute()) {
            BufferedSource body = answer.body().source();
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

    private static OkHttpClient client(Router router, OkHttpClient client) {
        return client.newBuilder().addInterceptor(RouterInterceptor.of(router)).build();
    }

    private static Request chat() {
        return new Request.Builder()
                .url("http://dlrouter/v1/chat/completions")
                .post(RequestBody.create(Fleet.chat().body(), MediaType.get("application/json")))
                .build();
    }

    private static Throwable failureOf(Future<?> future) throws Exception {
        try {
            return new AssertionError("no failure but " + future.get(5, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
    }
}
