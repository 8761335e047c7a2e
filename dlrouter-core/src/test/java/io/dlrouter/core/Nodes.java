package io.dlrouter.core;

import io.dlrouter.Cancellation;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import io.dlrouter.core.strategy.RoundRobin;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Nodes that no test talks to, and tables of them. */
final class Nodes {
    private Nodes() {}

    static NodeSpec spec(String host, String... models) {
        return NodeSpec.of(PlainBackend.NAME, "http://" + host + ":8000").withModels(models);
    }

    static LiveNode node(NodeSpec spec) {
        return new LiveNode(spec, new PlainBackend(), Origin.REGISTERED);
    }

    static LiveNode node(String host, String... models) {
        return node(spec(host, models));
    }

    /** A table whose pools take turns, and which ejects a node after two failures in a row. */
    static NodeTable table(LiveNode... nodes) {
        NodeTable table = new NodeTable(
                new Strategies(
                        Arrays.stream(Role.values())
                                .collect(Collectors.toMap(Function.identity(), role -> new RoundRobin.Provider())),
                        Map.of()),
                2,
                Links.none());
        table.change(
                all -> Arrays.stream(nodes).forEach(node -> all.put(node.spec().address(), node)));
        return table;
    }

    static RequestContext requestFor(String model) {
        return RequestContext.read(Fleet.chat("{\"model\":\"" + model + "\"}"), () -> model, new Cancellation());
    }
}
