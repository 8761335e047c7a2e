package io.dlrouter;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration and state of a router at one moment. Immutable. The text of {@link #toString()} may change in any
 * version.
 */
public final class RouterDescription {
    private final List<String> backends;
    private final Map<Role, String> strategies;
    private final OptionalInt maxInFlight;
    private final int queueSize;
    private final Map<NodeState, Integer> nodes;

    private RouterDescription(Builder values) {
        this.backends = List.copyOf(values.backends);
        this.strategies = Map.copyOf(values.strategies);
        this.maxInFlight = values.maxInFlight;
        this.queueSize = values.queueSize;
        this.nodes = Map.copyOf(values.nodes);
    }

    /** A builder with empty values. */
    public static Builder builder() {
        return new Builder();
    }

    /** The same router with this number of nodes in each state. */
    public RouterDescription withNodes(Map<NodeState, Integer> newNodes) {
        return builder()
                .backends(backends)
                .strategies(strategies)
                .maxInFlight(maxInFlight)
                .queueSize(queueSize)
                .nodes(newNodes)
                .build();
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

    /** The names of its backends; the first is the default. */
    public List<String> backends() {
        return backends;
    }

    /** The name of the strategy for each role: the hybrid one, or prefill and decode. */
    public Map<Role, String> strategies() {
        return strategies;
    }

    /** The limit of requests on nodes without their own; empty for no limit. */
    public OptionalInt maxInFlight() {
        return maxInFlight;
    }

    /** The most requests that may wait for capacity. */
    public int queueSize() {
        return queueSize;
    }

    /** The number of nodes in each state; states without nodes are left out. */
    public Map<NodeState, Integer> nodes() {
        return nodes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RouterDescription that
                && backends.equals(that.backends)
                && strategies.equals(that.strategies)
                && maxInFlight.equals(that.maxInFlight)
                && queueSize == that.queueSize
                && nodes.equals(that.nodes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(backends, strategies, maxInFlight, queueSize, nodes);
    }

    /** Collects the values of a {@link RouterDescription}. Not safe for use by many threads. */
    public static final class Builder {
        private List<String> backends = List.of();
        private Map<Role, String> strategies = Map.of();
        private OptionalInt maxInFlight = OptionalInt.empty();
        private int queueSize = 0;
        private Map<NodeState, Integer> nodes = Map.of();

        private Builder() {}

        /** Sets {@link RouterDescription#backends()}. */
        public Builder backends(List<String> value) {
            this.backends = value;
            return this;
        }

        /** Sets {@link RouterDescription#strategies()}. */
        public Builder strategies(Map<Role, String> value) {
            this.strategies = value;
            return this;
        }

        /** Sets {@link RouterDescription#maxInFlight()}. */
        public Builder maxInFlight(OptionalInt value) {
            this.maxInFlight = value;
            return this;
        }

        /** Sets {@link RouterDescription#queueSize()}. */
        public Builder queueSize(int value) {
            this.queueSize = value;
            return this;
        }

        /** Sets {@link RouterDescription#nodes()}. */
        public Builder nodes(Map<NodeState, Integer> value) {
            this.nodes = value;
            return this;
        }

        /** The values as they are set. */
        public RouterDescription build() {
            return new RouterDescription(this);
        }
    }
}
