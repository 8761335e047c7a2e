package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** What engines were called with, in the order of the calls. */
final class Journal {
    private static final long PATIENCE_SECONDS = 10;

    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

    /**
     * A call as it arrived.
     *
     * @param to the name of the engine
     * @param route the path less what all have in common
     * @param at {@link System#nanoTime}
     */
    record Call(String to, String route, String body, long at) {
        @Override
        public String toString() {
            return to + " " + route;
        }
    }

    void add(Call call) {
        calls.add(call);
    }

    /** The next call, for which this waits. */
    Call next() throws InterruptedException {
        Call call = calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(call).as("a call within %s s", PATIENCE_SECONDS).isNotNull();
        return call;
    }

    /** The next calls, for which this waits, as words. */
    List<String> next(int count) throws InterruptedException {
        String[] words = new String[count];
        for (int i = 0; i < count; i++) {
            words[i] = next().toString();
        }
        return List.of(words);
    }

    /** Calls that no test has looked at. */
    List<String> left() {
        return calls.stream().map(Call::toString).toList();
    }

    /** The calls that link two engines. */
    static List<String> handshake(String prefill, String decode) {
        return IntStream.range(0, 3)
                .mapToObj(step ->
                        List.of("engine_info", "p2p_initialize", "p2p_connect").get(step))
                .flatMap(route -> List.of(prefill + " " + route, decode + " " + route).stream())
                .toList();
    }
}
