package io.dlrouter;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The description of a node at its registration. Immutable.
 */
public final class NodeSpec {
    private final NodeAddress address;
    private final String backend;
    private final Role role;
    private final List<String> models;
    private final OptionalDouble speed;
    private final Optional<String> zmqAddress;
    private final OptionalInt bootstrapPort;
    private final OptionalInt dpSize;
    private final OptionalInt maxInFlight;

    private NodeSpec(Builder values) {
        this.address = Objects.requireNonNull(values.address, "address");
        this.backend = Objects.requireNonNull(values.backend, "backend");
        this.role = values.role;
        this.models = List.copyOf(values.models);
        this.speed = values.speed;
        this.zmqAddress = values.zmqAddress;
        this.bootstrapPort = values.bootstrapPort;
        this.dpSize = values.dpSize;
        this.maxInFlight = values.maxInFlight;
        if (zmqAddress.filter(text -> !text.matches("[!-~]+")).isPresent()) {
            throw new IllegalArgumentException("zmq_address: " + zmqAddress.get() + " (expected: host:port)");
        }
        if (bootstrapPort.isPresent() && (bootstrapPort.getAsInt() < 1 || bootstrapPort.getAsInt() > 65535)) {
            throw new IllegalArgumentException(
                    "bootstrap_port: " + bootstrapPort.getAsInt() + " (expected: 1 to 65535)");
        }
        if (dpSize.isPresent() && dpSize.getAsInt() < 1) {
            throw new IllegalArgumentException("dp_size: " + dpSize.getAsInt() + " (expected: 1 or more)");
        }
        if (maxInFlight.isPresent() && maxInFlight.getAsInt() < 1) {
            throw new IllegalArgumentException("max_in_flight: " + maxInFlight.getAsInt() + " (expected: 1 or more)");
        }
        if (speed.isPresent() && !(speed.getAsDouble() > 0 && Double.isFinite(speed.getAsDouble()))) {
            throw new IllegalArgumentException("speed: " + speed.getAsDouble() + " (expected: a number above 0)");
        }
    }

    /** A builder of a hybrid node; backend and address are required. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A hybrid node that is asked for its models.
     *
     * @param url as {@link NodeAddress#parse} reads it
     */
    public static NodeSpec of(String backend, String url) {
        return of(backend, NodeAddress.parse(url));
    }

    /** A hybrid node that is asked for its models. */
    public static NodeSpec of(String backend, NodeAddress address) {
        return builder().backend(backend).address(address).build();
    }

    /** A builder with the values of this node. */
    public Builder toBuilder() {
        return builder()
                .address(address)
                .backend(backend)
                .role(role)
                .models(models)
                .speed(speed)
                .zmqAddress(zmqAddress)
                .bootstrapPort(bootstrapPort)
                .dpSize(dpSize)
                .maxInFlight(maxInFlight);
    }

    /** The same node with this role. */
    public NodeSpec withRole(Role newRole) {
        return toBuilder().role(newRole).build();
    }

    /** The same node with these models. */
    public NodeSpec withModels(String... names) {
        return withModels(List.of(names));
    }

    /** The same node with these models. */
    public NodeSpec withModels(List<String> names) {
        return toBuilder().models(names).build();
    }

    /** The same node with this weight. */
    public NodeSpec withSpeed(double newSpeed) {
        return toBuilder().speed(OptionalDouble.of(newSpeed)).build();
    }

    /** The same node with this KV transfer endpoint. */
    public NodeSpec withZmqAddress(String newAddress) {
        return toBuilder().zmqAddress(Optional.of(newAddress)).build();
    }

    /** The same node with this bootstrap port. */
    public NodeSpec withBootstrapPort(int port) {
        return toBuilder().bootstrapPort(OptionalInt.of(port)).build();
    }

    /** The same node with this number of data-parallel ranks. */
    public NodeSpec withDpSize(int size) {
        return toBuilder().dpSize(OptionalInt.of(size)).build();
    }

    /** The same node with this limit of requests in flight. */
    public NodeSpec withMaxInFlight(int limit) {
        return toBuilder().maxInFlight(OptionalInt.of(limit)).build();
    }

    /** Its address. */
    public NodeAddress address() {
        return address;
    }

    /** The kind of its engine, by the name of its {@link io.dlrouter.spi.BackendAdapter}. */
    public String backend() {
        return backend;
    }

    /** Its role. */
    public Role role() {
        return role;
    }

    /** The models it serves; empty if the node is to be asked. */
    public List<String> models() {
        return models;
    }

    /** Its weight relative to other nodes, in any common unit; empty if unknown. */
    public OptionalDouble speed() {
        return speed;
    }

    /** The {@code host:port} of its KV transfer endpoint, if the engine announced one. */
    public Optional<String> zmqAddress() {
        return zmqAddress;
    }

    /** The bootstrap port of an SGLang prefill node, if known. */
    public OptionalInt bootstrapPort() {
        return bootstrapPort;
    }

    /** The number of data-parallel ranks of its engine, if known. */
    public OptionalInt dpSize() {
        return dpSize;
    }

    /** The most requests in flight; empty for the limit of the router. */
    public OptionalInt maxInFlight() {
        return maxInFlight;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NodeSpec that
                && address.equals(that.address)
                && backend.equals(that.backend)
                && role.equals(that.role)
                && models.equals(that.models)
                && speed.equals(that.speed)
                && zmqAddress.equals(that.zmqAddress)
                && bootstrapPort.equals(that.bootstrapPort)
                && dpSize.equals(that.dpSize)
                && maxInFlight.equals(that.maxInFlight);
    }

    @Override
    public int hashCode() {
        return Objects.hash(address, backend, role, models, speed, zmqAddress, bootstrapPort, dpSize, maxInFlight);
    }

    @Override
    public String toString() {
        return "NodeSpec[address=" + address + ", backend=" + backend + ", role=" + role + ", models=" + models
                + ", speed=" + speed + ", zmqAddress=" + zmqAddress + ", bootstrapPort=" + bootstrapPort + ", dpSize="
                + dpSize + ", maxInFlight=" + maxInFlight + "]";
    }

    /** Collects the values of a {@link NodeSpec}. Not safe for use by many threads. */
    public static final class Builder {
        private @Nullable NodeAddress address;
        private @Nullable String backend;
        private Role role = Role.HYBRID;
        private List<String> models = List.of();
        private OptionalDouble speed = OptionalDouble.empty();
        private Optional<String> zmqAddress = Optional.empty();
        private OptionalInt bootstrapPort = OptionalInt.empty();
        private OptionalInt dpSize = OptionalInt.empty();
        private OptionalInt maxInFlight = OptionalInt.empty();

        private Builder() {}

        /** Sets {@link NodeSpec#address()}. */
        public Builder address(NodeAddress value) {
            this.address = value;
            return this;
        }

        /** Sets {@link NodeSpec#backend()}. */
        public Builder backend(String value) {
            this.backend = value;
            return this;
        }

        /** Sets {@link NodeSpec#role()}. */
        public Builder role(Role value) {
            this.role = value;
            return this;
        }

        /** Sets {@link NodeSpec#models()}. */
        public Builder models(List<String> value) {
            this.models = value;
            return this;
        }

        /** Sets {@link NodeSpec#speed()}. */
        public Builder speed(OptionalDouble value) {
            this.speed = value;
            return this;
        }

        /** Sets {@link NodeSpec#zmqAddress()}. */
        public Builder zmqAddress(Optional<String> value) {
            this.zmqAddress = value;
            return this;
        }

        /** Sets {@link NodeSpec#bootstrapPort()}. */
        public Builder bootstrapPort(OptionalInt value) {
            this.bootstrapPort = value;
            return this;
        }

        /** Sets {@link NodeSpec#dpSize()}. */
        public Builder dpSize(OptionalInt value) {
            this.dpSize = value;
            return this;
        }

        /** Sets {@link NodeSpec#maxInFlight()}. */
        public Builder maxInFlight(OptionalInt value) {
            this.maxInFlight = value;
            return this;
        }

        /**
         * The node.
         *
         * @throws IllegalArgumentException if a value is invalid; names it, its value and the expectation
         */
        public NodeSpec build() {
            return new NodeSpec(this);
        }
    }
}
