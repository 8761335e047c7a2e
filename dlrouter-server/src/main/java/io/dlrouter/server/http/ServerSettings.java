package io.dlrouter.server.http;

import java.security.KeyStore;
import java.util.List;
import java.util.Optional;

/**
 * The settings of the HTTP server. Immutable.
 *
 * @param port 0 for any free port
 * @param tls the server's key and certificates; empty for plain HTTP
 * @param workers the number of threads that watch connections
 * @param maxBodySize in bytes
 * @param maxConcurrentRequests inference requests at once; 0 for any number
 * @param apiKeys for the inference routes
 * @param adminKeys for {@code /nodes} and {@code /metrics}
 * @param trustedRegistrars the networks from which a node may register itself without a key
 * @param corsOrigins origins of web pages that may call, or {@code *}
 * @param defaultBackend of a node that names none
 * @param nodeHeader whether responses name the node
 * @param logDecisions whether the access log explains for each request why its nodes were selected
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
