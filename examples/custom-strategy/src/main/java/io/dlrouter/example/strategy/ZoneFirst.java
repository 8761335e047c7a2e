package io.dlrouter.example.strategy;

import static java.util.Comparator.comparingInt;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingStrategy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Selects the node with the fewest requests in flight, as if those outside of the router's zone had a few more: requests
 * stay where the network is short, until the nodes there have so much more to do than others that it is worth the way.
 */
public final class ZoneFirst implements RoutingStrategy {
    private final List<String> zone;
    private final int penalty;

    /**
     * A strategy for a router in this zone.
     *
     * @param zone what the hosts of the nodes in it begin with, such as {@code 10.1.}
     * @param penalty how many requests in flight the way to another zone is worth
     */
    public ZoneFirst(List<String> zone, int penalty) {
        this.zone = List.copyOf(zone);
        this.penalty = penalty;
    }

    @Override
    public Selector selectorFor(List<? extends Node> nodes) {
        List<Place> places = nodes.stream()
                .map(node -> new Place(node, isNear(node) ? 0 : penalty))
                .toList();
        return context -> Collections.min(places, comparingInt(Place::load)).node;
    }

    private boolean isNear(Node node) {
        String host = node.spec().address().url().getHost();
        return zone.stream().anyMatch(host::startsWith);
    }

    /** A node, and what it costs to go there. */
    private record Place(Node node, int distance) {
        int load() {
            return node.inFlight() + distance;
        }
    }

    /** Makes the strategy {@code zone_first} out of the options {@code zone_hosts} and {@code zone_penalty}. */
    public static final class Provider implements RoutingStrategy.Provider {
        @Override
        public String name() {
            return "zone_first";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            String hosts = options.getOrDefault("zone_hosts", "");
            return new ZoneFirst(
                    Stream.of(hosts.split(",")).filter(host -> !host.isBlank()).toList(),
                    penalty(options.getOrDefault("zone_penalty", "4")));
        }

        private static int penalty(String text) {
            if (!text.matches("\\d{1,6}")) {
                throw new IllegalArgumentException(
                        "zone_penalty: " + text + " (expected: a number of requests, 0 to 999999)");
            }
            return Integer.parseInt(text);
        }
    }
}
