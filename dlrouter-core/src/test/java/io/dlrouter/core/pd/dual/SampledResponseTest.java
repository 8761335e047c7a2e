package io.dlrouter.core.pd.dual;

import static io.dlrouter.core.Eventually.eventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.core.FedStream;
import io.dlrouter.core.fleet.Nodes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several samples as one response, and what is left of them when it is closed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SampledResponseTest {
    private static final String EVENT = "data: {\"id\":\"a\",\"choices\":[{\"index\":0}]}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    private final Collection<Thread> relays = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        relays.add(thread);
        return thread;
    });

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** A node's response of which only the body matters. */
    private record Response(String type, InputStream body) implements InferenceResponse {
        @Override
        public int status() {
            return 200;
        }

        @Override
        public HttpHeaders headers() {
            return HttpHeaders.of(Map.of("content-type", List.of(type)), (name, value) -> true);
        }

        @Override
        public NodeSpec servedBy() {
            return Nodes.spec("a");
        }

        @Override
        public void close() {}
    }

    private static InferenceResponse stream(InputStream events) {
        return new Response("text/event-stream", events);
    }

    private static InferenceResponse stream(String events) {
        return stream(new ByteArrayInputStream(events.getBytes(UTF_8)));
    }

    private static InferenceResponse plain(String json) {
        return new Response("application/json", new ByteArrayInputStream(json.getBytes(UTF_8)));
    }

    private InferenceResponse merged(InferenceResponse... responses) {
        return SampledResponse.of(List.of(responses), () -> {}, threads);
    }

    private String text(InferenceResponse... responses) throws IOException {
        try (InferenceResponse merged = merged(responses)) {
            return new String(merged.body().readAllBytes(), UTF_8);
        }
    }

    /** A stream of events without an end. */
    private static final class Endless extends InputStream {
        private int next;

        @Override
        public int read() {
            return EVENT.charAt(next++ % EVENT.length());
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            for (int i = 0; i < length; i++) {
                target[offset + i] = (byte) read();
            }
            return length;
        }
    }

    @Test
    void close_clientKeptUpWithNone_endsTheThreadsThatWait() throws Exception {
        InferenceResponse response = merged(stream(new Endless()), stream(new Endless()));
        assertThat(response.body().read()).isEqualTo('d');
        eventually(
                "both wait until there is room",
                () -> relays.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));

        response.close();

        assertRelaysEnd();
    }

    private void assertRelaysEnd() throws InterruptedException {
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void close_oneSampleWasCut_endsTheThreadsOfTheOthers() throws Exception {
        FedStream broken = new FedStream();
        broken.fail(new IOException("reset"));
        InferenceResponse response = merged(stream(new Endless()), stream(broken));

        assertThatIOException().isThrownBy(() -> response.body().readAllBytes()).withMessage("reset");
        response.close();

        assertRelaysEnd();
    }

    @Test
    void close_whileTheNextEventIsAwaited_endsTheWait() throws Exception {
        FedStream silent = new FedStream();
        InferenceResponse response = merged(stream(silent), stream(silent));
        AtomicInteger reader = new AtomicInteger();
        Future<?> read = threads.submit(() -> {
            reader.set(1);
            assertThatIOException().isThrownBy(() -> response.body().read()).withMessageContaining("closed");
        });
        eventually("it waits", () -> reader.get() == 1 && allWait());

        response.close();

        read.get(30, TimeUnit.SECONDS);
    }

    private boolean allWait() {
        return relays.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING);
    }

    @Test
    void done_ofEachSample_isSaidOnce() throws IOException {
        assertThat(text(stream(EVENT + DONE), stream(EVENT + DONE)))
                .endsWith(DONE)
                .containsOnlyOnce("[DONE]");
    }

    @Test
    void done_ofSomeSamplesOnly_isNotSaid() throws IOException {
        assertThat(text(stream(EVENT + DONE + DONE), stream(EVENT)))
                .contains("\"index\":0", "\"index\":1")
                .doesNotContain("[DONE]");
    }

    @Test
    void choices_ofPlainResponses_areNumbered() throws IOException {
        String response = "{\"choices\":[{\"index\":0}]}";

        assertThat(text(plain(response), plain(response))).isEqualTo("{\"choices\":[{\"index\":0},{\"index\":1}]}");
    }

    @Test
    void choices_ofResponsesWithoutAny_areNotMade() throws IOException {
        assertThat(text(plain("{\"text\":\"a\"}"), plain("{\"text\":\"b\"}"))).isEqualTo("{\"text\":\"a\"}");
    }
}
