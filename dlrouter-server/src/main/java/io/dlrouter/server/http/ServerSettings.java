package io.dlrouter.server.http;

import java.security.KeyStore;
import java.util.List;
import java.util.Optional;

/**
 * What the HTTP side of the gateway is told. Immutable.
 *
 * @param port 0 for any free port
 * @param tls the server's key and certificates; empty for plain HTTP
 * @param workers how many threads watch the connections
 * @param maxBodySize in bytes
 * @param maxConcurrentRequests inference requests at once; 0 for any number
 * @param apiKeys for the inference routes
 * @param adminKeys for {@code /nodes} and {@code /metrics}
 * @param trustedRegistrars from where a node may register itself without a key
 * @param corsOrigins origins of web pages that may call, or {@code *}
 * @param defaultBackend of a node that names none
 * @param nodeHeader whether answers name the node that gave them
 * @param logDecisions whether the access log says of each request why its nodes were chosen
 */
public record ServerSettings(
        String host,
        int port,
        Optional<KeyStore> tls,
        int workers,
        int maxBodySize,
        int maxConcurrentRequests,
        ApiKeys apiKeys,
        ApiKeys adminKeys,
        List<AddressRange> trustedRegistrars,
        List<String> corsOrigins,
        String defaultBackend,
        boolean nodeHeader,
        boolean logDecisions) {

    /** The response header that names the node, if {@code nodeHeader} is set. */
    public static final String NODE_HEADER = "x-dlrouter-node";

    public ServerSettings {
        trustedRegistrars = List.copyOf(trustedRegistrars);
        corsOrigins = List.copyOf(corsOrigins);
    }
}
