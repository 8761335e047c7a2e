package io.dlrouter.core.http;

import io.dlrouter.spi.RouterClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of hosts, in the order in which to connect to them. A name is resolved at most every 30 s while one of
 * its addresses accepts connections, and at once when none does. Known addresses survive an outage of DNS. Safe for use
 * by many threads.
 */
final class HostAddresses {
    private static final Duration KEEP = Duration.ofSeconds(30);

    private final HostResolver resolver;
    private final RouterClock clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    HostAddresses(HostResolver resolver, RouterClock clock) {
        this.resolver = resolver;
        this.clock = clock;
    }

    /** @param addresses the one that accepted a connection last comes first */
    private record Known(List<InetAddress> addresses, long resolvedAt) {}

    /**
     * The addresses of a host; the one that accepted a connection last comes first.
     *
     * @throws UnknownHostException if the name does not resolve, and never has
     */
    List<InetAddress> of(String host) throws UnknownHostException {
        Known kept = known.get(host);
        return kept != null && clock.nanoTime() - kept.resolvedAt < KEEP.toNanos()
                ? kept.addresses
                : resolve(host, kept);
    }

    private List<InetAddress> resolve(String host, @Nullable Known kept) throws UnknownHostException {
        try {
            List<InetAddress> resolved = resolver.resolve(host);
            return keep(host, kept == null ? resolved : startingWith(kept.addresses.get(0), resolved));
        } catch (UnknownHostException e) {
            if (kept == null) {
                throw e;
            }
            return keep(host, kept.addresses);
        }
    }

    private List<InetAddress> keep(String host, List<InetAddress> addresses) {
        if (!isLiteral(host)) {
            known.put(host, new Known(addresses, clock.nanoTime()));
        }
        return addresses;
    }

    /** A literal address needs no resolver. */
    private static boolean isLiteral(String host) {
        return host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9')) || host.indexOf(':') >= 0;
    }

    private static List<InetAddress> startingWith(InetAddress first, List<InetAddress> addresses) {
        if (!addresses.contains(first)) {
            return addresses;
        }
        List<InetAddress> ordered = new ArrayList<>(addresses);
        ordered.remove(first);
        ordered.add(0, first);
        return List.copyOf(ordered);
    }

    /**
     * Resolves a host again, because none of its addresses accepts a connection.
     *
     * @param tried the known addresses
     * @return the other addresses; empty if there are none
     */
    List<InetAddress> besides(List<InetAddress> tried, String host) {
        known.remove(host);
        if (isLiteral(host)) {
            return List.of();
        }
        try {
            return resolver.resolve(host).stream()
                    .filter(address -> !tried.contains(address))
                    .toList();
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    /** An address of a host has accepted a connection; it is tried first from now on. */
    void accepted(String host, InetAddress address, List<InetAddress> among) {
        Known kept = known.get(host);
        if (kept == null) {
            keep(host, startingWith(address, among));
        } else if (!kept.addresses.get(0).equals(address)) {
            known.replace(host, kept, new Known(startingWith(address, kept.addresses), kept.resolvedAt));
        }
    }
}
