package io.dlrouter.server.options;

import io.dlrouter.server.tls.PemKeyStore;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The port of the gateway, its limits, and its shutdown. */
final class ListenOptions {
    @Option(
            names = "--server_name",
            paramLabel = "<address>",
            defaultValue = "0.0.0.0",
            description = "Address to bind (default: 0.0.0.0)")
    String serverName = "";

    @Option(
            names = "--server_port",
            paramLabel = "<port>",
            defaultValue = "8000",
            converter = OptionConverters.Port.class,
            description = "Port to bind, 0 for any free one (default: 8000)")
    int serverPort;

    @Option(names = "--ssl", description = "Serve TLS with SSL_KEYFILE and SSL_CERTFILE")
    boolean ssl;

    @Option(names = "--ssl_keyfile", paramLabel = "<file>", description = "Private key, PEM (environment: SSL_KEYFILE)")
    @Nullable
    Path sslKeyFile;

    @Option(
            names = "--ssl_certfile",
            paramLabel = "<file>",
            description = "Certificate and its chain, PEM (environment: SSL_CERTFILE)")
    @Nullable
    Path sslCertificateFile;

    @Option(
            names = "--workers",
            paramLabel = "<n>",
            converter = OptionConverters.Count.class,
            description = "Threads that watch client connections (default: number of cores)")
    int workers = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--max_body_size",
            paramLabel = "<size>",
            defaultValue = "64MiB",
            converter = OptionConverters.Size.class,
            description = "Largest request body; larger ones get 413 (default: 64MiB)")
    int maxBodySize;

    @Option(
            names = "--shutdown_delay",
            paramLabel = "<time>",
            defaultValue = "1s",
            converter = OptionConverters.Grace.class,
            description = "How long requests are accepted after SIGTERM, while /ready is 503 (default: 1s)")
    Duration shutdownDelay = Duration.ZERO;

    @Option(
            names = "--shutdown_grace",
            paramLabel = "<time>",
            defaultValue = "60s",
            converter = OptionConverters.Grace.class,
            description = "How long open requests may then take (default: 60s)")
    Duration shutdownGrace = Duration.ZERO;

    @Option(
            names = "--cors_allow_origins",
            paramLabel = "<origin,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Origins of web pages that may call, or * (default: none)")
    List<String> corsAllowOrigins = new ArrayList<>();

    /** The key and certificates to serve TLS with. */
    Optional<KeyStore> tls() {
        if (!ssl) {
            return Optional.empty();
        }
        return Optional.of(
                PemKeyStore.load(required("SSL_KEYFILE", sslKeyFile), required("SSL_CERTFILE", sslCertificateFile)));
    }

    private static Path required(String name, @Nullable Path file) {
        if (file == null) {
            throw new IllegalArgumentException(name + ": not set (expected: a PEM file, because of --ssl)");
        }
        return file;
    }
}
