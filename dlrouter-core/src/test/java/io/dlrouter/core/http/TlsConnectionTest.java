package io.dlrouter.core.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.TlsKeys;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a TLS connection that was idle may serve another request. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsConnectionTest {
    private static final byte[] NONE = {};

    @TempDir
    private static Path folder;

    private static SSLContext context;

    @BeforeAll
    static void generate() throws Exception {
        context = TlsKeys.generate(folder);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void idle_nothingCame_isQuiet(String version) throws Exception {
        try (Pair pair = new Pair(version)) {
            for (int i = 0; i < 3; i++) {
                pair.exchange();
                assertThat(pair.client.isQuiet()).isTrue();
            }
        }
    }

    /** As session tickets that come late, a change of keys is no data. */
    @Test
    void idle_keysChanged_isQuiet() throws Exception {
        try (Pair pair = new Pair("TLSv1.3")) {
            for (int i = 0; i < 3; i++) {
                pair.exchange();
                pair.node.startHandshake();
                assertThat(pair.client.isQuiet()).isTrue();
            }
            pair.exchange();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void idle_dataCame_isNotQuiet(String version) throws Exception {
        try (Pair pair = new Pair(version)) {
            pair.exchange();
            pair.node.getOutputStream().write('x');

            assertThat(pair.client.isQuiet()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void idle_nodeClosed_isNotQuiet(String version) throws Exception {
        try (Pair pair = new Pair(version)) {
            pair.exchange();
            pair.node.close();

            assertThat(pair.client.isQuiet()).isFalse();
        }
    }

    @Test
    void idle_nodeClosedWithoutASign_isNotQuiet() throws Exception {
        try (Pair pair = new Pair("TLSv1.3")) {
            pair.exchange();
            pair.tcp.close();

            assertThat(pair.client.isQuiet()).isFalse();
        }
    }

    /** A connection, both ends of it. */
    private static final class Pair implements AutoCloseable {
        private final NodeConnection client;
        private final Socket tcp;
        private final SSLSocket node;

        Pair(String version) throws Exception {
            try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                CompletableFuture<NodeConnection> connecting =
                        CompletableFuture.supplyAsync(() -> connect(listener.getLocalPort()));
                tcp = listener.accept();
                tcp.setTcpNoDelay(true);
                node = (SSLSocket) context.getSocketFactory().createSocket(tcp, "localhost", tcp.getPort(), true);
                node.setUseClientMode(false);
                node.setEnabledProtocols(new String[] {version});
                node.startHandshake();
                client = connecting.get();
            }
        }

        private NodeConnection connect(int port) {
            try {
                return new SocketConnector(
                                new HostAddresses(HostResolver.SYSTEM, new FakeClock()), context::getSocketFactory)
                        .connect(URI.create("https://localhost:" + port), Duration.ofSeconds(20), connecting -> {});
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** One line each way. */
        void exchange() throws IOException {
            assertThat(client.send("ping\n".getBytes(ISO_8859_1), NONE, Runnable::run)
                            .isComplete())
                    .isTrue();
            assertThat(node.getInputStream().readNBytes(5)).asString(ISO_8859_1).isEqualTo("ping\n");
            node.getOutputStream().write("pong\n".getBytes(ISO_8859_1));
            assertThat(client.input().readLine(10)).isEqualTo("pong");
        }

        @Override
        public void close() throws IOException {
            client.close();
            tcp.close();
        }
    }
}
