package io.dlrouter.core.http;

import static io.dlrouter.core.TestFleet.chat;
import static io.dlrouter.core.TestFleet.over;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.InferenceResponse;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeUnreachableException;
import io.dlrouter.Router;
import io.dlrouter.core.FakeEngine;
import io.dlrouter.core.InMemoryRouter;
import io.dlrouter.core.PlainBackend;
import io.dlrouter.core.RawEngine;
import io.dlrouter.core.TestFleet;
import io.dlrouter.testkit.FakeClock;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node whose name has several addresses, or others than before. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocketConnectorTest {
    private static final String HOST = "engine.test";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final InetAddress NOBODY = loopback(2);
    private static final InetAddress ANOTHER = loopback(3);
    private static final InetAddress HERE = loopback(1);

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    private final FakeResolver resolver = new FakeResolver();
    private final HostAddresses hosts = new HostAddresses(resolver, new FakeClock());
    private final SocketConnector connector =
            new SocketConnector(hosts, () -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    private final RawEngine engine = fleet.rawEngine(connection -> connection.sendJson("{}"));

    @Test
    void connect_firstAddressRefuses_usesTheNext() throws IOException {
        resolver.resolvesTo(NOBODY, ANOTHER, HERE);

        connect();

        assertThat(hosts.of(HOST)).containsExactly(HERE, NOBODY, ANOTHER);
        assertThat(resolver.asked()).isOne();
    }

    @Test
    void connect_keptAddressRefuses_resolvesAgainAtOnce() throws IOException {
        resolver.resolvesTo(NOBODY);
        assertThat(hosts.of(HOST)).containsExactly(NOBODY);
        resolver.resolvesTo(HERE);

        connect();

        assertThat(hosts.of(HOST)).containsExactly(HERE);
        assertThat(resolver.asked()).isEqualTo(2);
    }

    @Test
    void connect_failedBefore_resolvesAgain() throws IOException {
        resolver.resolvesTo(NOBODY);
        assertThatExceptionOfType(ConnectException.class).isThrownBy(this::connect);
        resolver.resolvesTo(HERE);

        connect();
    }

    @Test
    void connect_endedBefore_asksNobody() {
        resolver.resolvesTo(HERE);

        assertThatExceptionOfType(ClosedChannelException.class)
                .isThrownBy(() -> connector.connect(url(), LIMIT, SocketConnectorTest::end));

        assertThat(resolver.asked()).isOne();
    }

    @Test
    void request_addressChanges_isServedAtTheNewOne() throws IOException {
        resolver.resolvesTo(NOBODY);
        Router router = router();
        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining("refused the connection");

        resolver.resolvesTo(HERE);

        assertServed(router);
    }

    @Test
    void request_nameDoesNotResolve_saysSo() {
        Router router = router();

        assertThatExceptionOfType(NodeUnreachableException.class)
                .isThrownBy(() -> router.route(chat()))
                .withMessageContaining("could not be reached: its host name does not resolve (engine.test)");
    }

    private void connect() throws IOException {
        connector.connect(url(), LIMIT, connecting -> {}).close();
    }

    private URI url() {
        return URI.create("http://" + HOST + ":" + engine.node().address().url().getPort());
    }

    private static void end(Closeable connecting) {
        try {
            connecting.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Router router() {
        NodeSpec node = NodeSpec.of(PlainBackend.NAME, url().toString()).withModels(FakeEngine.MODEL);
        return fleet.router(InMemoryRouter.connectedBy(over(node), connector).healthCheckInterval(Duration.ofHours(1)));
    }

    private static void assertServed(Router router) throws IOException {
        try (InferenceResponse response = router.route(chat())) {
            assertThat(response.body().readAllBytes()).asString(UTF_8).isEqualTo("{}");
        }
    }

    private static InetAddress loopback(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
