package io.dlrouter.server.nodes;

import io.dlrouter.NodeAddress;
import io.dlrouter.server.http.AddressRange;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Set;

/**
 * Whoever is at the other end of a connection.
 *
 * @param address of the TCP connection
 * @param forwarding whether it only passes a request on, so that its address is not that of the caller
 */
record Registrar(InetAddress address, boolean forwarding) {
    private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "[::]");

    static Registrar of(Context ctx) {
        boolean forwarding = ctx.header("X-Forwarded-For") != null || ctx.header("Forwarded") != null;
        return new Registrar(address(ctx.req().getRemoteAddr()), forwarding);
    }

    /** Whether the caller itself is known to be in one of these networks. */
    boolean isIn(Collection<AddressRange> networks) {
        return !forwarding && networks.stream().anyMatch(network -> network.contains(address));
    }

    /**
     * Where a node is that gave this address for itself. An engine that listens on all addresses gives none that
     * anyone could call; it is where its call came from.
     */
    NodeAddress locate(NodeAddress given) {
        URI url = given.url();
        return forwarding || !ANY_ADDRESS.contains(url.getHost())
                ? given
                : new NodeAddress(withHost(url, address.getHostAddress()), given.dpRank());
    }

    private static URI withHost(URI url, String host) {
        try {
            return new URI(url.getScheme(), null, host, url.getPort(), url.getPath(), null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("url: " + url + " (expected: one that can have the host " + host + ")");
        }
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("The server gave " + literal + " for an address", e);
        }
    }
}
