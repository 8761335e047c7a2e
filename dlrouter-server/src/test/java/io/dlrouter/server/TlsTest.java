package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.server.options.ServerOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TlsTest {
    @TempDir
    private static Path folder;

    private static TestKeys keys;

    @BeforeAll
    static void generate() throws Exception {
        keys = TestKeys.generate(folder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rsa-pkcs8",
                "rsa-pkcs1",
                "ec-pkcs8",
                "ec-sec1",
                "ec-sec1-with-parameters",
                "p384-sec1-with-public-key",
                "ed25519-pkcs8"
            })
    void gateway_keyInThisForm_servesTls(String form) throws Exception {
        Path certificate = keys.certificate(form);
        ServerOptions options = options(keys.key(form), certificate);
        try (var router = options.router();
                RouterServer server = RouterServer.start(router, options.settings(), options.listeners())) {
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(TestKeys.trusting(certificate))
                    .build();

            HttpResponse<String> health = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/health"))
                            .build(),
                    BodyHandlers.ofString());

            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(server.url()).startsWith("https://");
            assertThat(health.sslSession().orElseThrow().getPeerCertificates())
                    .isEqualTo(new Certificate[] {TestKeys.read(certificate)});
        }
    }

    @Test
    void gateway_filesFromEnvironment_areRead() throws Exception {
        ServerOptions options = ServerOptions.parse(
                Map.of(
                        "SSL_KEYFILE", keys.key("ec-pkcs8").toString(),
                        "SSL_CERTFILE", keys.certificate("ec-pkcs8").toString()),
                "--ssl");

        assertThat(options.settings().tls()).isPresent();
    }

    @Test
    void load_certificateOfAnotherKey_isRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(keys.key("rsa-pkcs8"), keys.certificate("ec-pkcs8"))
                        .settings())
                .withMessageMatching(
                        "SSL_CERTFILE: .*ec.*\\.crt \\(expected: the certificate of the key in .*rsa.*\\)");
    }

    @Test
    void load_fileMissing_isRejected() {
        Path missing = folder.resolve("missing.pem");

        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> options(missing, keys.certificate("rsa-pkcs8")).settings())
                .withMessage("SSL_KEYFILE: " + missing + " (expected: a file that can be read)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no pem",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            })
    void load_keyThatCannotBeRead_isRejected(String pem) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.pem"), pem);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(file, keys.certificate("rsa-pkcs8")).settings())
                .withMessage("SSL_KEYFILE: " + file + " (expected: an RSA, EC or Ed25519 key in PEM, not encrypted)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
    void load_certificateThatCannotBeRead_isRejected(String pem) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.crt"), pem);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(keys.key("rsa-pkcs8"), file).settings())
                .withMessage("SSL_CERTFILE: " + file + " (expected: certificates in PEM)");
    }

    private static ServerOptions options(Path key, Path certificate) {
        return ServerOptions.parse(
                Map.of(),
                "--ssl",
                "--ssl_keyfile",
                key.toString(),
                "--ssl_certfile",
                certificate.toString(),
                "--server_port",
                "0",
                "--disable_cache_status");
    }
}
