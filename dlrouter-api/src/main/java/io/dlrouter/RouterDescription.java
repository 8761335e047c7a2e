package io.dlrouter;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The configuration and state of a router at one moment. Immutable. Components may be added; the text of {@link
 * #toString()} may change in any version.
 *
 * @param backends the names of its backends; the first is the default
 * @param strategies the name of the strategy for each role: the hybrid one, or prefill and decode
 * @param maxInFlight the limit of requests on nodes without their own; empty for no limit
 * @param queueSize the most requests that may wait for capacity
 * @param nodes the number of nodes in each state; states without nodes are left out
 */
public record RouterDescription(
        List<String> backends,
        Map<Role, String> strategies,
        OptionalInt maxInFlight,
        int queueSize,
        Map<NodeState, Integer> nodes) {

    /** Copies the collections. */
    public RouterDescription {
        backends = List.copyOf(backends);
        strategies = Map.copyOf(strategies);
        nodes = Map.copyOf(nodes);
    }

    /** The same router with this number of nodes in each state. */
    public RouterDescription withNodes(Map<NodeState, Integer> newNodes) {
        return new RouterDescription(backends, strategies, maxInFlight, queueSize, newNodes);
    }

    /** Whether requests are split between a prefill and a decode node. */
    public boolean prefillDecode() {
        return strategies.containsKey(Role.PREFILL);
    }

    /** One line, such as {@code hybrid, backend vllm, strategy round_robin, 64 requests a node, nodes: 3 ready}. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ");
        text.add(prefillDecode() ? "distserve" : "hybrid");
        text.add("backend " + String.join(" and ", backends));
        text.add("strategy " + strategyNames());
        maxInFlight.ifPresent(limit -> text.add(limit + " requests a node"));
        if (queueSize > 0) {
            text.add(queueSize + " may wait");
        }
        return text.add("nodes: " + nodeCounts()).toString();
    }

    private String strategyNames() {
        return Set.copyOf(strategies.values()).size() == 1
                ? strategies.values().iterator().next()
                : inOrder(strategies, Role.values(), (role, name) -> name + " for " + word(role));
    }

    private String nodeCounts() {
        return nodes.isEmpty()
                ? "none"
                : inOrder(nodes, NodeState.values(), (state, count) -> count + " " + word(state));
    }

    private static <K, V> String inOrder(Map<K, V> parts, K[] order, BiFunction<K, V, String> text) {
        return Stream.of(order)
                .flatMap(key -> Stream.ofNullable(parts.get(key)).map(value -> text.apply(key, value)))
                .collect(Collectors.joining(", "));
    }

    private static String word(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }
}
