package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.SelectionObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
 * What {@code prefix_cache} costs for each request: to read and hash the prompt, to select a node, and to note what it
 * will hold. The nodes hold the prompts of many sessions, which all begin alike; the prompt is a further turn of one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgs = "-Xmx3g")
@State(Scope.Thread)
public class PrefixCacheBenchmark {
    private static final String SHARED = "You are a helpful assistant who answers at length. ".repeat(40);
    private static final RouterClock CLOCK = new SystemClock();
    private static final int BYTES_PER_TOKEN = 4;
    private static final int PROMPTS_PER_NODE = 100;

    /** Tokens of the prompt, and size of the membership. */
    @Param({"100000 64", "4000 100", "4000 4000"})
    public String size = "";

    private int next;

    @SuppressWarnings("NullAway.Init")
    private RoutingStrategy strategy;

    @SuppressWarnings("NullAway.Init")
    private RoutingStrategy.Selector selector;

    @SuppressWarnings("NullAway.Init")
    private InferenceRequest[] turns;

    @Setup
    public void fill() {
        int tokens = Integer.parseInt(size.split(" ", 2)[0]);
        int nodes = Integer.parseInt(size.split(" ", 2)[1]);
        strategy = new Plugins(null, Map.of())
                .strategies(role -> "prefix_cache")
                .create(Role.HYBRID)
                .rule();
        List<LiveNode> members =
                IntStream.range(0, nodes).mapToObj(PrefixCacheBenchmark::node).toList();
        selector = strategy.selectorFor(members);
        int sessions = Math.min(20_000, nodes * PROMPTS_PER_NODE) * 4000 / tokens;
        turns = new InferenceRequest[64];
        for (int session = 0; session < sessions; session++) {
            InferenceRequest turn = turn(session, tokens);
            turns[session % turns.length] = turn;
            place(context(turn)).ended(0);
        }
    }

    /** What is heard of visits is worked off with the next choice. */
    @Setup(Level.Iteration)
    public void settle() {
        place(context(turns[0])).ended(0);
    }

    @Benchmark
    public SelectionObserver hashAndChoose() {
        SelectionObserver observer = place(context(turns[next++ % turns.length]));
        observer.firstByte(0);
        observer.ended(0);
        return observer;
    }

    private SelectionObserver place(RoutingContext context) {
        selector.prepare(context);
        Node node = selector.select(context);
        SelectionObserver observer = strategy.observer(context, node);
        observer.firstByte(0);
        return observer;
    }

    private static InferenceRequest turn(int session, int tokens) {
        StringBuilder text = new StringBuilder(tokens * BYTES_PER_TOKEN + 100);
        text.append("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"")
                .append(SHARED);
        text.append("\"},{\"role\":\"user\",\"content\":\"");
        for (int line = 0; text.length() < tokens * BYTES_PER_TOKEN; line++) {
            text.append("Session ")
                    .append(session)
                    .append(" goes on with line ")
                    .append(line);
            text.append(" and tells of one thing more, as a document would.\\n");
        }
        return InferenceRequest.post(
                "/v1/chat/completions", text.append("\"}]}").toString().getBytes(UTF_8));
    }

    private static LiveNode node(int number) {
        return new LiveNode(
                NodeSpec.of("vllm", "http://node-" + number + ":8000"), new VllmBackend(), Origin.CONFIGURED, CLOCK);
    }

    /** The request as it is read anyhow. */
    private static RequestContext context(InferenceRequest request) {
        return RequestContext.read(
                request,
                new RequestContext.Sources(() -> "m", new StoredResponses(1, Duration.ofHours(1), CLOCK), 1 << 20),
                new RequestRecorder(new ListenerDispatcher(List.of()), request, CLOCK),
                new Cancellation());
    }
}
