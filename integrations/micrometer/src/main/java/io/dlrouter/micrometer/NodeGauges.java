package io.dlrouter.micrometer;

import static java.util.stream.Collectors.toMap;

import io.dlrouter.NodeState;
import io.dlrouter.NodeStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The gauges of each node, refreshed from the node table when the metrics are read: a node that was removed has
 * none.
 */
final class NodeGauges {
    private final MultiGauge inFlight;
    private final MultiGauge states;
    private volatile Map<String, NodeStatus> table = Map.of();

    NodeGauges(MeterRegistry registry) {
        this.inFlight = MultiGauge.builder("dlrouter.node.in.flight")
                .description("Requests that hold a place on the node")
                .register(registry);
        this.states = MultiGauge.builder("dlrouter.node.state")
                .description("1 for the state that the node is in, 0 for the others")
                .register(registry);
    }

    /** Shows these nodes and no others. A gauge that stays is not made anew, which would take most of the time. */
    void refresh(List<NodeStatus> nodes) {
        table = nodes.stream().collect(toMap(NodeGauges::name, Function.identity()));
        inFlight.register(nodes.stream().map(this::inFlight).toList());
        states.register(nodes.stream().flatMap(this::states).toList());
    }

    private MultiGauge.Row<?> inFlight(NodeStatus node) {
        String name = name(node);
        return row(tags(node), () -> now(name).map(NodeStatus::inFlight).orElse(0));
    }

    private Stream<MultiGauge.Row<?>> states(NodeStatus node) {
        String name = name(node);
        return Stream.of(NodeState.values())
                .map(state -> row(
                        tags(node).and("state", state.name().toLowerCase(Locale.ROOT)),
                        () -> now(name).filter(known -> known.state() == state).isPresent() ? 1 : 0));
    }

    private static MultiGauge.Row<?> row(Tags tags, Supplier<Number> value) {
        return MultiGauge.Row.of(tags, value);
    }

    private Optional<NodeStatus> now(String name) {
        return Optional.ofNullable(table.get(name));
    }

    private static String name(NodeStatus node) {
        return node.spec().address().toString();
    }

    private static Tags tags(NodeStatus node) {
        return Tags.of("node", name(node), "role", node.spec().role().name().toLowerCase(Locale.ROOT));
    }
}
