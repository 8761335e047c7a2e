package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection in memory ends in the ways of one over TCP, and engines serve over it. */
@SuppressWarnings("try") // to close one end is what these tests are about
class InMemoryNetworkTest {
    private static final String HOST = "127.0.0.1";

    private final InMemoryNetwork network = new InMemoryNetwork();
    private final BlockingQueue<Socket> accepted = new ArrayBlockingQueue<>(1);
    private final Port port;

    InMemoryNetworkTest() throws IOException {
        port = network.network().hold(new HostPort(HOST, 0));
        port.listen(accepted::add);
    }

    private InMemorySocket connect() throws IOException {
        return network.connect(HOST, port.number());
    }

    private static void write(Socket to, String text) throws IOException {
        to.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static String readAll(Socket from) throws IOException {
        return new String(from.getInputStream().readAllBytes(), UTF_8);
    }

    @Test
    void connection_bothEndsWrite_eachReadsWhatTheOtherWrote() throws Exception {
        try (Socket client = connect();
                Socket engine = accepted.take()) {
            write(client, "question");
            client.shutdownOutput();
            assertThat(readAll(engine)).isEqualTo("question");

            write(engine, "answer");
            engine.close();
            assertThat(readAll(client)).isEqualTo("answer");
        }
    }

    @Test
    void connection_moreThanFits_waitsForTheReaderAndLosesNothing() throws Exception {
        String much = "0123456789".repeat(100_000);
        try (Socket client = connect();
                Socket engine = accepted.take()) {
            CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> {
                try {
                    return readAll(engine);
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            });
            write(client, much);
            client.close();

            assertThat(read.join()).isEqualTo(much);
        }
    }

    @Test
    void reset_afterBytes_isReadAfterThem() throws Exception {
        try (Socket client = connect();
                Socket engine = accepted.take()) {
            write(engine, "half");
            engine.setSoLinger(true, 0);
            engine.close();

            assertThat(client.getInputStream().readNBytes(4)).hasSize(4);
            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(client.getInputStream()::read)
                    .withMessage("Connection reset");
        }
    }

    @Test
    void close_withUnreadInput_isAReset() throws Exception {
        try (Socket client = connect();
                Socket engine = accepted.take()) {
            write(client, "never read");
            engine.close();

            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(client.getInputStream()::read)
                    .withMessage("Connection reset");
        }
    }

    @Test
    void write_toAnEndThatIsClosed_isABrokenPipe() throws Exception {
        try (Socket client = connect();
                Socket engine = accepted.take()) {
            client.close();

            assertThatExceptionOfType(SocketException.class)
                    .isThrownBy(() -> write(engine, "too late"))
                    .withMessage("Broken pipe");
        }
    }

    @Test
    void close_byAnotherThread_endsARead() throws Exception {
        try (Socket client = connect();
                Socket engine = accepted.take()) {
            CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.getInputStream().read();
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            });
            client.close();

            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(read::join)
                    .withMessageContaining("Socket closed");
            assertThat(engine.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void read_nothingInTime_timesOut() throws Exception {
        try (Socket client = connect()) {
            client.setSoTimeout(1);

            assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(client.getInputStream()::read);
        }
    }

    @Test
    void connection_isQuiet_untilTheOtherEndSendsOrCloses() throws Exception {
        try (InMemorySocket client = connect();
                Socket engine = accepted.take()) {
            assertThat(client.isQuiet()).isTrue();
            write(engine, "x");
            assertThat(client.isQuiet()).isFalse();
            assertThat(client.getInputStream().read()).isEqualTo('x');
            assertThat(client.isQuiet()).isTrue();
            engine.close();
            assertThat(client.isQuiet()).isFalse();
        }
    }

    @Test
    void port_thatIsHeld_isTakenUntilItIsReleased() throws Exception {
        HostPort at = new HostPort(HOST, port.number());
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> network.network().hold(at));

        port.end();
        port.release();

        assertThat(network.network().hold(at).number()).isEqualTo(at.port());
    }

    @ParameterizedTest
    @EnumSource(EngineKind.class)
    void engine_stopsAndRestarts_refusesAndServes(EngineKind kind) throws Exception {
        try (SimulatedEngine engine =
                SimulatedEngine.builder(kind).model("demo").network(network).start()) {
            assertThat(health(engine)).startsWith("HTTP/1.1 200 OK");

            engine.stop();
            assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> health(engine))
                    .withMessage("Connection refused");

            engine.restart();
            assertThat(health(engine)).startsWith("HTTP/1.1 200 OK");
            assertThat(engine.violations()).isEqualTo(List.of());
        }
    }

    private String health(SimulatedEngine engine) throws IOException {
        try (Socket client = network.connect(HOST, engine.port())) {
            write(client, "GET /health HTTP/1.1\r\nhost: engine\r\nconnection: close\r\n\r\n");
            return readAll(client);
        }
    }
}
