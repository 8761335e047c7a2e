package io.dlrouter;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What is known of a node when it is registered. Immutable.
 *
 * @param address where it is
 * @param backend the kind of its engine, by the name of its {@link io.dlrouter.spi.BackendAdapter}
 * @param role what it does for a request
 * @param models the names it serves; empty if the node is to be asked
 * @param speed its weight beside other nodes, in any unit that they share; empty if unknown
 * @param zmqAddress the {@code host:port} of its KV transfer endpoint, if the engine announced one
 */
public record NodeSpec(
        NodeAddress address,
        String backend,
        Role role,
        List<String> models,
        OptionalDouble speed,
        Optional<String> zmqAddress) {

    public NodeSpec {
        models = List.copyOf(models);
        if (zmqAddress.filter(text -> !text.matches("[!-~]+")).isPresent()) {
            throw new IllegalArgumentException("zmq_address: " + zmqAddress.get() + " (expected: host:port)");
        }
        if (speed.isPresent() && !(speed.getAsDouble() > 0 && Double.isFinite(speed.getAsDouble()))) {
            throw new IllegalArgumentException("speed: " + speed.getAsDouble() + " (expected: a number above 0)");
        }
    }

    /**
     * A hybrid node whose models are asked of it.
     *
     * @param url as {@link NodeAddress#parse} reads it
     */
    public static NodeSpec of(String backend, String url) {
        return new NodeSpec(
                NodeAddress.parse(url), backend, Role.HYBRID, List.of(), OptionalDouble.empty(), Optional.empty());
    }

    public NodeSpec withRole(Role newRole) {
        return new NodeSpec(address, backend, newRole, models, speed, zmqAddress);
    }

    public NodeSpec withModels(String... names) {
        return new NodeSpec(address, backend, role, List.of(names), speed, zmqAddress);
    }

    public NodeSpec withZmqAddress(String newAddress) {
        return new NodeSpec(address, backend, role, models, speed, Optional.of(newAddress));
    }

    public NodeSpec withSpeed(double newSpeed) {
        return new NodeSpec(address, backend, role, models, OptionalDouble.of(newSpeed), zmqAddress);
    }
}
