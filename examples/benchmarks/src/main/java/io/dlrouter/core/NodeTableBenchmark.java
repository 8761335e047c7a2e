package io.dlrouter.core;

import io.dlrouter.ModelCard;
import io.dlrouter.NodeSpec;
import io.dlrouter.backend.vllm.VllmBackend;
import io.dlrouter.spi.RouterClock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
import org.openjdk.jmh.annotations.Warmup;

/** What a health probe costs the node table: one that changes nothing, one with the same models, one that changes a state. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class NodeTableBenchmark {
    private static final RouterClock CLOCK = new SystemClock();

    /** Size of the fleet. */
    @Param({"64", "4000"})
    public int nodes;

    /** How many models each node serves. */
    @Param({"1", "20"})
    public int models;

    @SuppressWarnings("NullAway.Init")
    private NodeTable table;

    private List<LiveNode> fleet = List.of();
    private List<String> names = List.of();
    private int next;
    private boolean waiting;

    @Setup
    public void makeTable() {
        names = IntStream.range(0, models).mapToObj(number -> "model-" + number).toList();
        fleet = IntStream.range(0, nodes).mapToObj(this::node).toList();
        table = new NodeTable(
                new Plugins(null, Map.of()).strategies(role -> "round_robin"),
                new NodeTable.Limit(3, Integer.MAX_VALUE),
                Links.none(),
                new Listeners(List.of()),
                CLOCK);
        table.change(all -> fleet.forEach(node -> all.put(node.spec().address(), node)));
    }

    private LiveNode node(int number) {
        NodeSpec spec = NodeSpec.of("vllm", "http://node-" + number + ":8000").withModels(names);
        return new LiveNode(spec, new VllmBackend(), Origin.CONFIGURED, CLOCK);
    }

    private List<LiveNode> nextNode() {
        return List.of(fleet.get(next++ % nodes));
    }

    @Benchmark
    public long passed() {
        table.probePassed(nextNode(), false, "probed");
        return table.version();
    }

    @Benchmark
    public long sameModels() {
        List<ModelCard> cards = names.stream().map(ModelCard::named).toList();
        table.update(nextNode(), "models", node -> node.report(cards));
        return table.version();
    }

    @Benchmark
    public long changedState() {
        waiting = !waiting;
        table.probePassed(List.of(fleet.get(0)), waiting, "probed");
        return table.version();
    }
}
