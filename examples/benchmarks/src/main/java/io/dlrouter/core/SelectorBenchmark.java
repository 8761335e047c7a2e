package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.backend.vllm.VllmBackend;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.Origin;
import io.dlrouter.core.observe.ListenerDispatcher;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.core.runtime.SystemClock;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RoutingStrategy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a selector costs for each request, its session's key already read. With {@code -prof gc} it also shows what the
 * selector allocates: next to nothing, because whatever is built is built when the membership changes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SelectorBenchmark {
    private static final RouterClock CLOCK = new SystemClock();
    private static final int SESSIONS = 1024;

    /** Name of the strategy. */
    @Param({"round_robin", "random", "consistent_hash", "min_expected_latency", "min_observed_latency"})
    public String strategy = "";

    /** Size of the membership. */
    @Param({"8", "64", "512"})
    public int nodes;

    private final RequestContext[] contexts = Stream.of(ChatBody.sessions(SESSIONS, 2048))
            .map(SelectorBenchmark::context)
            .toArray(RequestContext[]::new);

    @SuppressWarnings("NullAway.Init")
    private List<LiveNode> members;

    @SuppressWarnings("NullAway.Init")
    private RoutingStrategy.Selector selector;

    private int next;

    @Setup
    public void makeSelector() {
        members = IntStream.range(0, nodes).mapToObj(SelectorBenchmark::node).toList();
        selector = new Plugins(null, Map.of())
                .strategies(role -> strategy)
                .create(Role.HYBRID)
                .rule()
                .selectorFor(members);
    }

    /** Samples fade, so that each iteration needs new ones. */
    @Setup(Level.Iteration)
    public void addLatencies() {
        for (int i = 0; i < nodes; i++) {
            members.get(i).responded(1 + i % 7);
        }
    }

    @Benchmark
    public Node select() {
        RequestContext context = contexts[next++ % SESSIONS];
        selector.prepare(context);
        return selector.select(context);
    }

    /** A node with none to three requests in flight. */
    private static LiveNode node(int number) {
        NodeSpec spec = NodeSpec.of("vllm", "http://node-" + number + ":8000").withSpeed(1 + number % 5);
        LiveNode node = new LiveNode(spec, new VllmBackend(), Origin.CONFIGURED, CLOCK);
        for (int i = 0; i < number % 4; i++) {
            node.acquire();
        }
        return node;
    }

    private static RequestContext context(InferenceRequest request) {
        return RequestContext.read(
                request,
                new RequestContext.Sources(() -> "m", new StoredResponses(1, Duration.ofHours(1), CLOCK), 1 << 20),
                new RequestRecorder(new ListenerDispatcher(List.of()), request, CLOCK),
                new Cancellation());
    }
}
