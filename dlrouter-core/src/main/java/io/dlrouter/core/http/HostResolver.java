package io.dlrouter.core.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Resolves host names to addresses. Safe for use by many threads. */
@FunctionalInterface
interface HostResolver {
    /**
     * The resolver of the system. The JVM caches its results for 30 s ({@code networkaddress.cache.ttl}); the gateway
     * shortens that to 1 s.
     */
    HostResolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * All addresses of a host, at least one.
     *
     * @param host a name, or a literal address
     * @throws UnknownHostException if the name does not resolve
     */
    List<InetAddress> resolve(String host) throws UnknownHostException;
}
