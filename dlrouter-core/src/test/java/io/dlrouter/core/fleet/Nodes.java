package io.dlrouter.core.fleet;

import static java.util.stream.Collectors.toMap;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.core.PlainBackend;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.http.ConnectionPool;
import io.dlrouter.core.observe.ListenerDispatcher;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.core.plugin.Providers;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.request.ReservedNames;
import io.dlrouter.core.request.StoredResponses;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Nodes that no test talks to, and tables of them. */
public final class Nodes {
    private Nodes() {}

    public static NodeSpec spec(String host, String... models) {
        return NodeSpec.of(PlainBackend.NAME, "http://" + host + ":8000").withModels(models);
    }

    public static LiveNode node(NodeSpec spec) {
        return node(spec, new FakeClock());
    }

    public static LiveNode node(NodeSpec spec, RouterClock clock) {
        return new LiveNode(spec, new PlainBackend(), Origin.REGISTERED, clock);
    }

    /** A node that has been there for longer than any ramp lasts. */
    static LiveNode settled(String host, String... models) {
        FakeClock clock = new FakeClock();
        LiveNode node = node(spec(host, models), clock);
        clock.advance(NodeHealth.SLOW_START);
        return node;
    }

    public static LiveNode node(String host, String... models) {
        return node(spec(host, models));
    }

    /** A table whose pools take turns, and which ejects a node after two failures in a row. */
    public static NodeTable table(LiveNode... nodes) {
        NodeTable table = table(new StrategyFactory(
                Providers.ofStrategies("routing_strategy", null),
                Arrays.stream(Role.values()).collect(toMap(role -> role, role -> "round_robin")),
                Map.of()));
        table.change(
                all -> Arrays.stream(nodes).forEach(node -> all.put(node.spec().address(), node)));
        return table;
    }

    /** A table without nodes. */
    public static NodeTable table(StrategyFactory strategies) {
        return new NodeTable(
                strategies,
                new NodeTable.Limit(2, Integer.MAX_VALUE),
                Links.none(),
                new ListenerDispatcher(List.of()),
                new FakeClock());
    }

    /** Places on the nodes of a table, for which nobody may wait. */
    public static Fleet fleet(NodeTable table) {
        return fleet(table, new RouterListener() {});
    }

    /** The same, which tells this listener when its counts differ. */
    public static Fleet fleet(NodeTable table, RouterListener listener) {
        return new Fleet(
                table,
                new RequestQueue(0, Duration.ofSeconds(10), new FakeClock()),
                new InFlightAudit(new ListenerDispatcher(List.of(listener))),
                new FakeClock());
    }

    /** A sender that leaves nothing out. */
    public static Sender sender(ConnectionPool connections) {
        return new Sender(connections, ReservedNames.NONE, null, responses());
    }

    private static StoredResponses responses() {
        return new StoredResponses(100, Duration.ofHours(1), new FakeClock());
    }

    public static RequestContext requestFor(String model) {
        return context(TestFleet.chat("{\"model\":\"" + model + "\"}"), () -> model);
    }

    public static RequestContext context(InferenceRequest request, RequestContext.OnlyModel models) {
        return RequestContext.read(
                request,
                new RequestContext.Sources(models, responses(), 1 << 20),
                new RequestRecorder(new ListenerDispatcher(List.of()), request, new FakeClock()),
                new Cancellation());
    }
}
