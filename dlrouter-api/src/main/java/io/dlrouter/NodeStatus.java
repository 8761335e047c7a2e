package io.dlrouter;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node at one moment. Immutable.
 */
public final class NodeStatus {
    private final NodeSpec spec;
    private final NodeState state;
    private final Optional<String> reason;
    private final List<ModelCard> models;
    private final int inFlight;
    private final List<Double> latencies;
    private final long handoversMissed;

    private NodeStatus(Builder values) {
        this.spec = Objects.requireNonNull(values.spec, "spec");
        this.state = Objects.requireNonNull(values.state, "state");
        this.reason = values.reason;
        this.models = List.copyOf(values.models);
        this.inFlight = values.inFlight;
        this.latencies = List.copyOf(values.latencies);
        this.handoversMissed = values.handoversMissed;
    }

    /** A builder; description and state are required, other values are empty or zero. */
    public static Builder builder() {
        return new Builder();
    }

    /** Its description. */
    public NodeSpec spec() {
        return spec;
    }

    /** Its state. */
    public NodeState state() {
        return state;
    }

    /** Why it is not routable, where the state alone does not tell. */
    public Optional<String> reason() {
        return reason;
    }

    /** The models it serves, as far as known. */
    public List<ModelCard> models() {
        return models;
    }

    /** Requests that hold a lease on it. */
    public int inFlight() {
        return inFlight;
    }

    /** Durations of its last complete responses, in seconds, oldest first; at most 15. */
    public List<Double> latencies() {
        return latencies;
    }

    /** Successful prefills without a KV cache for decode, which then computed the prompt itself. More than a few mean that the engine runs without its KV connector. */
    public long handoversMissed() {
        return handoversMissed;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NodeStatus that
                && spec.equals(that.spec)
                && state.equals(that.state)
                && reason.equals(that.reason)
                && models.equals(that.models)
                && inFlight == that.inFlight
                && latencies.equals(that.latencies)
                && handoversMissed == that.handoversMissed;
    }

    @Override
    public int hashCode() {
        return Objects.hash(spec, state, reason, models, inFlight, latencies, handoversMissed);
    }

    @Override
    public String toString() {
        return "NodeStatus[spec=" + spec + ", state=" + state + ", reason=" + reason + ", models=" + models
                + ", inFlight=" + inFlight + ", latencies=" + latencies + ", handoversMissed=" + handoversMissed + "]";
    }

    /** Collects the values of a {@link NodeStatus}. Not safe for use by many threads. */
    public static final class Builder {
        private @Nullable NodeSpec spec;
        private @Nullable NodeState state;
        private Optional<String> reason = Optional.empty();
        private List<ModelCard> models = List.of();
        private int inFlight = 0;
        private List<Double> latencies = List.of();
        private long handoversMissed = 0;

        private Builder() {}

        /** Sets {@link NodeStatus#spec()}. */
        public Builder spec(NodeSpec value) {
            this.spec = value;
            return this;
        }

        /** Sets {@link NodeStatus#state()}. */
        public Builder state(NodeState value) {
            this.state = value;
            return this;
        }

        /** Sets {@link NodeStatus#reason()}. */
        public Builder reason(Optional<String> value) {
            this.reason = value;
            return this;
        }

        /** Sets {@link NodeStatus#models()}. */
        public Builder models(List<ModelCard> value) {
            this.models = value;
            return this;
        }

        /** Sets {@link NodeStatus#inFlight()}. */
        public Builder inFlight(int value) {
            this.inFlight = value;
            return this;
        }

        /** Sets {@link NodeStatus#latencies()}. */
        public Builder latencies(List<Double> value) {
            this.latencies = value;
            return this;
        }

        /** Sets {@link NodeStatus#handoversMissed()}. */
        public Builder handoversMissed(long value) {
            this.handoversMissed = value;
            return this;
        }

        /** The values as they are set. */
        public NodeStatus build() {
            return new NodeStatus(this);
        }
    }
}
