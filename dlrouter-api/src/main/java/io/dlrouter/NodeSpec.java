package io.dlrouter;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The description of a node at its registration. Immutable.
 *
 * @param address its address
 * @param backend the kind of its engine, by the name of its {@link io.dlrouter.spi.BackendAdapter}
 * @param role its role
 * @param models the models it serves; empty if the node is to be asked
 * @param speed its weight relative to other nodes, in any common unit; empty if unknown
 * @param zmqAddress the {@code host:port} of its KV transfer endpoint, if the engine announced one
 * @param bootstrapPort the bootstrap port of an SGLang prefill node, if known
 * @param dpSize the number of data-parallel ranks of its engine, if known
 * @param maxInFlight the most requests in flight; empty for the limit of the router
 */
public record NodeSpec(
        NodeAddress address,
        String backend,
        Role role,
        List<String> models,
        OptionalDouble speed,
        Optional<String> zmqAddress,
        OptionalInt bootstrapPort,
        OptionalInt dpSize,
        OptionalInt maxInFlight) {

    /** Checks the values and copies the list. */
    public NodeSpec {
        models = List.copyOf(models);
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
        return new NodeSpec(
                address,
                backend,
                Role.HYBRID,
                List.of(),
                OptionalDouble.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty());
    }

    /** The same node with this role. */
    public NodeSpec withRole(Role newRole) {
        return new NodeSpec(address, backend, newRole, models, speed, zmqAddress, bootstrapPort, dpSize, maxInFlight);
    }

    /** The same node with these models. */
    public NodeSpec withModels(String... names) {
        return withModels(List.of(names));
    }

    /** The same node with these models. */
    public NodeSpec withModels(List<String> names) {
        return new NodeSpec(address, backend, role, names, speed, zmqAddress, bootstrapPort, dpSize, maxInFlight);
    }

    /** The same node with this weight. */
    public NodeSpec withSpeed(double newSpeed) {
        return new NodeSpec(
                address,
                backend,
                role,
                models,
                OptionalDouble.of(newSpeed),
                zmqAddress,
                bootstrapPort,
                dpSize,
                maxInFlight);
    }

    /** The same node with this KV transfer endpoint. */
    public NodeSpec withZmqAddress(String newAddress) {
        return new NodeSpec(
                address, backend, role, models, speed, Optional.of(newAddress), bootstrapPort, dpSize, maxInFlight);
    }

    /** The same node with this bootstrap port. */
    public NodeSpec withBootstrapPort(int port) {
        return new NodeSpec(
                address, backend, role, models, speed, zmqAddress, OptionalInt.of(port), dpSize, maxInFlight);
    }

    /** The same node with this number of data-parallel ranks. */
    public NodeSpec withDpSize(int size) {
        return new NodeSpec(
                address, backend, role, models, speed, zmqAddress, bootstrapPort, OptionalInt.of(size), maxInFlight);
    }

    /** The same node with this limit of requests in flight. */
    public NodeSpec withMaxInFlight(int limit) {
        return new NodeSpec(
                address, backend, role, models, speed, zmqAddress, bootstrapPort, dpSize, OptionalInt.of(limit));
    }
}
