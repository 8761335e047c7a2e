package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What engines were called with, in the order of the calls. */
final class Journal {
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

    /**
     * A call as it arrived.
     *
     * @param to the name of the engine
     * @param route the path less what all have in common
     * @param limit the longest that the caller waits
     */
    record Call(String to, String route, String body, Duration limit) {
        @Override
        public String toString() {
            return to + " " + route;
        }
    }

    void add(Call call) {
        calls.add(call);
    }

    /** The next call that no test has looked at. */
    Call next() {
        Call call = calls.poll();
        assertThat(call).as("a call").isNotNull();
        return call;
    }

    /** The next calls as words. */
    List<String> next(int count) {
        return IntStream.range(0, count).mapToObj(i -> next().toString()).toList();
    }

    /** Calls that no test has looked at. */
    List<String> left() {
        return calls.stream().map(Call::toString).toList();
    }

    /** The calls that link two engines. */
    static List<String> handshake(String prefill, String decode) {
        return Stream.of("engine_info", "p2p_initialize", "p2p_connect")
                .flatMap(route -> Stream.of(prefill + " " + route, decode + " " + route))
                .toList();
    }
}
