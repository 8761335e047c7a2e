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
 * The caller of {@code POST /nodes/add}.
 *
 * @param address of the TCP connection
 * @param forwarding whether it is a proxy, so that its address is not the address of the caller
 */
record Registrar(InetAddress address, boolean forwarding) {
    private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "[::]");

    static Registrar of(Context ctx) {
        boolean forwarding = ctx.header("X-Forwarded-For") != null || ctx.header("Forwarded") != null;
        return new Registrar(address(ctx.req().getRemoteAddr()), forwarding);
    }

    /** Whether the caller itself is in one of these networks. */
    boolean isIn(Collection<AddressRange> networks) {
        return !forwarding && networks.stream().anyMatch(network -> network.contains(address));
    }

    /**
     * The address of a node that announced this one. An engine that listens on all addresses announces none that can be
     * called; the address of its call replaces it.
     */
    NodeAddress locate(NodeAddress announced) {
        URI url = announced.url();
        return forwarding || !ANY_ADDRESS.contains(url.getHost())
                ? announced
                : new NodeAddress(withHost(url, address.getHostAddress()), announced.dpRank());
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
