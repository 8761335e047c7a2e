package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.dlrouter.NodeSpec;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.server.CutResponse.Client;
import io.dlrouter.server.CutResponse.Content;
import io.dlrouter.server.CutResponse.Fault;
import io.dlrouter.server.CutResponse.Framing;
import io.dlrouter.server.options.ServerOptions;
import io.dlrouter.testkit.FakeClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A response that fails after its first byte never looks whole, and a stream says why if it can: for each framing of the
 * engine, each of its faults, each kind of client, content and path, and each byte at which the response may fail. One
 * router and one engine serve all cases, the router behind a gateway in clear text and one with TLS.
 *
 * <p>One thing cannot be known: whether a response that ends with the engine's connection, and whose connection ends in
 * order, is whole. Those cases are left out, except for streams of a known dialect, which have a last event.
 */
final class CutResponseTest {
    private static final int CLIENTS = 8;
    private static final int IDLE_CLIENTS = 64;
    private static final Duration LONGER_THAN_ANY_LIMIT = Duration.ofSeconds(30);
    private static final Logger LOG =
            (Logger) LoggerFactory.getLogger("io.dlrouter.server.inference.InferenceExchange");

    private static FakeClock clock;
    private static CutEngine engine;
    private static Router router;
    private static RouterServer plain;
    private static RouterServer secured;
    private static SSLContext trust;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        LOG.setLevel(Level.OFF);
        clock = new FakeClock();
        engine = new CutEngine();
        TestKeys keys = TestKeys.generate(folder);
        trust = TestKeys.trusting(keys.certificate("ec-pkcs8"));
        ServerOptions options = options();
        router = RouterBuilder.from(options.routerOptions()).clock(clock).build();
        plain = RouterServer.start(router, options.settings(), options.listeners());
        ServerOptions tls = options(
                "--ssl",
                "--ssl_keyfile",
                keys.key("ec-pkcs8").toString(),
                "--ssl_certfile",
                keys.certificate("ec-pkcs8").toString());
        secured = RouterServer.start(router, tls.settings(), tls.listeners());
        router.nodes().add(NodeSpec.of("vllm", engine.url()).withModels("demo"));
    }

    private static ServerOptions options(String... more) {
        Stream<String> options = Stream.of(
                "--server_name=127.0.0.1",
                "--server_port=0",
                "--backend=vllm",
                "--disable_cache_status",
                "--access_log=off",
                "--request_timeout=20s",
                "--stream_idle_timeout=10s",
                "--health_check_interval=500h");
        return ServerOptions.parse(
                Map.of(), Stream.concat(options, Stream.of(more)).toArray(String[]::new));
    }

    @AfterAll
    static void stop() throws Exception {
        LOG.setLevel(null);
        plain.close();
        secured.close();
        router.close();
        engine.close();
    }

    @Test
    void wholeResponse_anyFramingAndClient_isWhole() throws Exception {
        List<CutResponse> cases = axes(fault -> fault == Fault.NONE)
                .map(axes -> CutResponse.whole(axes.framing(), axes.client(), axes.content(), axes.path()))
                .toList();

        assertVerdicts(cases);
    }

    /** Every pair of values, cut in a few places, and every byte for two kinds of client. */
    @Test
    void failedResponse_sampleOfCases_neverLooksComplete(TestReporter reporter) throws Exception {
        List<CutResponse> cases = axes(fault -> fault != Fault.NONE && fault != Fault.SILENCE)
                .filter(CutResponseTest::isInSample)
                .flatMap(axes -> isMain(axes) ? all(axes) : few(axes))
                .toList();

        assertVerdicts(cases);
        reporter.publishEntry("cases", String.valueOf(cases.size()));
    }

    @Test
    void idleResponse_sampleOfCases_neverLooksComplete(TestReporter reporter) throws Exception {
        List<CutResponse> cases = axes(fault -> fault == Fault.SILENCE)
                .filter(CutResponseTest::isInSample)
                .flatMap(CutResponseTest::few)
                .toList();

        assertIdleVerdicts(cases);
        reporter.publishEntry("cases", String.valueOf(cases.size()));
    }

    @Test
    @Tag("thorough")
    void failedResponse_allCases_neverLooksComplete(TestReporter reporter) throws Exception {
        List<CutResponse> cases = axes(fault -> fault != Fault.NONE && fault != Fault.SILENCE)
                .flatMap(CutResponseTest::all)
                .toList();

        assertVerdicts(cases);
        reporter.publishEntry("cases", String.valueOf(cases.size()));
    }

    @Test
    @Tag("thorough")
    void idleResponse_allCases_neverLooksComplete(TestReporter reporter) throws Exception {
        List<CutResponse> cases = axes(fault -> fault == Fault.SILENCE)
                .flatMap(CutResponseTest::all)
                .toList();

        assertIdleVerdicts(cases);
        reporter.publishEntry("cases", String.valueOf(cases.size()));
    }

    /** All combinations of the axes but the cut. */
    private static Stream<CutResponse> axes(Predicate<Fault> faults) {
        return Stream.of(Framing.values())
                .flatMap(framing -> Stream.of(Fault.values())
                        .filter(faults.and(fault -> fault.isPossibleWith(framing)))
                        .flatMap(fault -> Stream.of(Client.values())
                                .flatMap(client -> Stream.of(Content.values())
                                        .flatMap(content -> Stream.of(CutResponse.Path.values())
                                                .map(path ->
                                                        new CutResponse(framing, fault, client, content, path, 0))))));
    }

    /** Only the errors of streams differ with the path. */
    private static boolean isInSample(CutResponse axes) {
        return axes.content() == Content.EVENTS
                || axes.client() == Client.KEEP_ALIVE
                || axes.path() == CutResponse.Path.CHAT;
    }

    private static boolean isMain(CutResponse axes) {
        return axes.path() == CutResponse.Path.CHAT
                && axes.content() == Content.EVENTS
                && (axes.client() == Client.KEEP_ALIVE || axes.client() == Client.HTTP_1_0);
    }

    private static Stream<CutResponse> all(CutResponse axes) {
        return CutResponse.all(axes.framing(), axes.fault(), axes.client(), axes.content(), axes.path());
    }

    /** The first byte, the first place between two events and one in an event, and the last byte. */
    private static Stream<CutResponse> few(CutResponse axes) {
        List<CutResponse> all = all(axes).toList();
        List<CutResponse> middle =
                all.stream().filter(cut -> cut.relayed().length > 0).toList();
        if (middle.isEmpty()) {
            return Stream.of();
        }
        return Stream.of(
                        Stream.of(all.get(0), middle.get(middle.size() - 1)),
                        middle.stream().filter(CutResponse::endsWithBlankLine).limit(1),
                        middle.stream()
                                .filter(cut -> !cut.endsWithBlankLine())
                                .skip(3)
                                .limit(1))
                .flatMap(cuts -> cuts)
                .distinct();
    }

    private static void assertVerdicts(List<CutResponse> cases) throws Exception {
        engine.serve(cases);
        assertNone(verdicts(cases, 0, CLIENTS, () -> {}, () -> {}));
    }

    /** Time passes only when all that the engine sends has reached the clients: the next byte is what they wait for. */
    private static void assertIdleVerdicts(List<CutResponse> cases) throws Exception {
        engine.serve(cases);
        List<String> errors = new ArrayList<>();
        for (int first = 0; first < cases.size(); first += IDLE_CLIENTS) {
            List<CutResponse> some = cases.subList(first, Math.min(cases.size(), first + IDLE_CLIENTS));
            CountDownLatch idle = new CountDownLatch(some.size());
            errors.addAll(verdicts(some, first, IDLE_CLIENTS, idle::countDown, () -> {
                if (idle.getCount() == 0) {
                    clock.advance(LONGER_THAN_ANY_LIMIT);
                }
            }));
        }
        assertNone(errors);
    }

    private static void assertNone(List<String> errors) {
        assertThat(errors.size() <= 20 ? errors : errors.subList(0, 20))
                .as("%d complaints", errors.size())
                .isEmpty();
    }

    private static List<String> verdicts(
            List<CutResponse> cases, int first, int clients, Runnable onRelayed, Runnable meanwhile) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Future<String>> verdicts = IntStream.range(0, cases.size())
                    .mapToObj(i -> threads.submit(() -> verdict(cases.get(i), first + i, onRelayed)))
                    .toList();
            List<String> errors = new ArrayList<>();
            for (Future<String> verdict : verdicts) {
                while (!verdict.isDone()) {
                    meanwhile.run();
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                }
                if (!verdict.get().isEmpty()) {
                    errors.add(verdict.get());
                }
            }
            return errors;
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * What is wrong with the response in this case; nothing if it is right.
     *
     * @param onRelayed is run once, when all has come that is relayed before the failure
     */
    private static String verdict(CutResponse asked, int number, Runnable onRelayed) {
        AtomicBoolean relayed = new AtomicBoolean();
        try (Socket socket = connect(asked.client())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(asked.client().request(asked.path().path, number).getBytes(US_ASCII));
            StrictResponse got = StrictResponse.read(socket.getInputStream(), length -> {
                if (length >= asked.relayed().length && relayed.compareAndSet(false, true)) {
                    onRelayed.run();
                }
            });
            String verdict = asked.verdict(got);
            return verdict.isEmpty()
                    ? ""
                    : asked + ": " + verdict + ": '" + got.text() + "' " + got.status() + got.defect();
        } catch (IOException | RuntimeException e) {
            return asked + ": " + e;
        } finally {
            if (relayed.compareAndSet(false, true)) {
                onRelayed.run();
            }
        }
    }

    private static Socket connect(Client client) throws IOException {
        return client.isTls
                ? trust.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), secured.port())
                : new Socket(InetAddress.getLoopbackAddress(), plain.port());
    }
}
