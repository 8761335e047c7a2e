package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.FakeClock;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Nodes that no test talks to, and tables of them. */
final class Nodes {
    private Nodes() {}

    static NodeSpec spec(String host, String... models) {
        return NodeSpec.of(PlainBackend.NAME, "http://" + host + ":8000").withModels(models);
    }

    static LiveNode node(NodeSpec spec) {
        return node(spec, new FakeClock());
    }

    static LiveNode node(NodeSpec spec, RouterClock clock) {
        return new LiveNode(spec, new PlainBackend(), Origin.REGISTERED, clock);
    }

    /** A node that has been there for longer than any ramp lasts. */
    static LiveNode settled(String host, String... models) {
        FakeClock clock = new FakeClock();
        LiveNode node = node(spec(host, models), clock);
        clock.advance(Standing.RAMP);
        return node;
    }

    static LiveNode node(String host, String... models) {
        return node(spec(host, models));
    }

    /** A table whose pools take turns, and which ejects a node after two failures in a row. */
    static NodeTable table(LiveNode... nodes) {
        NodeTable table = table(new Plugins(null, Map.of()).strategies(role -> "round_robin"));
        table.change(
                all -> Arrays.stream(nodes).forEach(node -> all.put(node.spec().address(), node)));
        return table;
    }

    /** A table without nodes. */
    static NodeTable table(Strategies strategies) {
        return new NodeTable(
                strategies,
                new NodeTable.Limit(2, Integer.MAX_VALUE),
                Links.none(),
                new Listeners(List.of()),
                new FakeClock());
    }

    /** Places on the nodes of a table, for which nobody may wait. */
    static Places places(NodeTable table) {
        return places(table, new RouterListener() {});
    }

    /** The same, which tells this listener when its counts differ. */
    static Places places(NodeTable table, RouterListener listener) {
        return new Places(
                table,
                new WaitingLine(0, Duration.ofSeconds(10), new FakeClock()),
                new InFlightAudit(new Listeners(List.of(listener))),
                new FakeClock());
    }

    static RequestContext requestFor(String model) {
        return context(Fleet.chat("{\"model\":\"" + model + "\"}"), () -> model);
    }

    static RequestContext context(InferenceRequest request, RequestContext.OnlyModel models) {
        return RequestContext.read(
                request,
                models,
                new RequestWatch(new Listeners(List.of()), request, new FakeClock()),
                new Cancellation());
    }
}
