package io.dlrouter.spi;

import io.dlrouter.Decision;
import io.dlrouter.NodeSpec;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An attempt: one try of a request, or of one leg of it, on one node. Immutable.
 */
public final class Attempt {
    private final String requestId;
    private final String model;
    private final String strategy;
    private final NodeSpec node;
    private final int number;
    private final Optional<Decision> decision;

    private Attempt(Builder values) {
        this.requestId = values.requestId;
        this.model = values.model;
        this.strategy = values.strategy;
        this.node = Objects.requireNonNull(values.node, "node");
        this.number = values.number;
        this.decision = values.decision;
    }

    /** A builder; the node is required. */
    public static Builder builder() {
        return new Builder();
    }

    /** As in {@link RoutingContext#requestId()}. */
    public String requestId() {
        return requestId;
    }

    /** The model of the request. */
    public String model() {
        return model;
    }

    /** The name of the strategy that selected the node. */
    public String strategy() {
        return strategy;
    }

    /** The selected node. */
    public NodeSpec node() {
        return node;
    }

    /** 1 for the first attempt in the role of the node, 2 for the next. */
    public int number() {
        return number;
    }

    /** The explanation of the selection; empty unless requested. */
    public Optional<Decision> decision() {
        return decision;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Attempt that
                && requestId.equals(that.requestId)
                && model.equals(that.model)
                && strategy.equals(that.strategy)
                && node.equals(that.node)
                && number == that.number
                && decision.equals(that.decision);
    }

    @Override
    public int hashCode() {
        return Objects.hash(requestId, model, strategy, node, number, decision);
    }

    @Override
    public String toString() {
        return "Attempt[requestId=" + requestId + ", model=" + model + ", strategy=" + strategy + ", node=" + node
                + ", number=" + number + ", decision=" + decision + "]";
    }

    /** Collects the values of an {@link Attempt}. Not safe for use by many threads. */
    public static final class Builder {
        private String requestId = "";
        private String model = "";
        private String strategy = "";
        private @Nullable NodeSpec node;
        private int number = 1;
        private Optional<Decision> decision = Optional.empty();

        private Builder() {}

        /** Sets {@link Attempt#requestId()}. */
        public Builder requestId(String value) {
            this.requestId = value;
            return this;
        }

        /** Sets {@link Attempt#model()}. */
        public Builder model(String value) {
            this.model = value;
            return this;
        }

        /** Sets {@link Attempt#strategy()}. */
        public Builder strategy(String value) {
            this.strategy = value;
            return this;
        }

        /** Sets {@link Attempt#node()}. */
        public Builder node(NodeSpec value) {
            this.node = value;
            return this;
        }

        /** Sets {@link Attempt#number()}. */
        public Builder number(int value) {
            this.number = value;
            return this;
        }

        /** Sets {@link Attempt#decision()}. */
        public Builder decision(Optional<Decision> value) {
            this.decision = value;
            return this;
        }

        /** The values as they are set. */
        public Attempt build() {
            return new Attempt(this);
        }
    }
}
