package io.dlrouter.core;

import io.dlrouter.InferenceRequest;
import io.dlrouter.Lease;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to place a request and to release the lease: read the body, select, count, count down. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 12, time = 1) // nodes are new for ten seconds
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class LeaseBenchmark {
    private static final int SESSIONS = 1024;

    /** Name of the strategy. */
    @Param({"round_robin", "consistent_hash", "min_expected_latency"})
    public String strategy = "";

    /** Size of the fleet. */
    @Param({"8", "64", "512"})
    public int nodes;

    /** Length of a body in bytes. */
    @Param({"256", "2048"})
    public int length;

    private InferenceRequest[] requests = {};

    @SuppressWarnings("NullAway.Init")
    private Router router;

    /** There are no engines behind the addresses; the first probe of each is the only one and ejects nothing. */
    @Setup
    public void makeRouter() {
        requests = ChatBody.sessions(SESSIONS, length);
        RouterBuilder builder =
                new RouterBuilder().backend("vllm").strategy(strategy).healthCheckInterval(Duration.ofDays(1));
        for (int i = 0; i < nodes; i++) {
            builder.node(NodeSpec.of("vllm", "http://127.0.0.1:" + (1024 + i)).withModels("m"));
        }
        router = builder.build();
    }

    @TearDown
    public void closeRouter() {
        router.close();
    }

    @Benchmark
    public NodeSpec lease() {
        try (Lease lease = router.lease(requests[ThreadLocalRandom.current().nextInt(SESSIONS)])) {
            return lease.node();
        }
    }
}
