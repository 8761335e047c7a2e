package io.dlrouter.core;

import static io.dlrouter.Role.DECODE;
import static io.dlrouter.Role.PREFILL;
import static io.dlrouter.core.TestFleet.chat;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Router;
import io.dlrouter.RouterException;
import io.dlrouter.core.RawEngine.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A response that the node cuts, wherever it does, fails the read of its body and never ends it. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenResponseBodyTest {
    private static final String PLAIN = "{\"choices\":[{\"index\":0}]}";
    private static final String STREAM = "data: {\"choices\":[{\"index\":0}]}\n\ndata: [DONE]\n\n";

    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    /** How a response says where it ends. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE;

        String head(String type, int length) {
            return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n"
                    + switch (this) {
                        case LENGTH -> "Content-Length: " + length + "\r\n\r\n";
                        case CHUNKED -> "Transfer-Encoding: chunked\r\n\r\n";
                        case CLOSE -> "Connection: close\r\n\r\n";
                    };
        }

        /** The body as it stands on the connection, in two chunks if in any. */
        String framed(String body) {
            int half = body.length() / 2;
            return this == CHUNKED ? chunk(body.substring(0, half)) + chunk(body.substring(half)) + "0\r\n\r\n" : body;
        }

        private static String chunk(String text) {
            return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
        }
    }

    /** How a node ends a connection. */
    enum Cut {
        FIN,
        RST;

        void apply(Connection connection) throws IOException {
            if (this == FIN) {
                connection.close();
            } else {
                connection.reset();
            }
        }
    }

    static Stream<Arguments> cuts() {
        return Stream.of(PLAIN, STREAM, STREAM.replace("\n", "\r\n"))
                .flatMap(body -> Stream.of(Framing.values())
                        .flatMap(framing -> Stream.of(Cut.values()).map(cut -> Arguments.of(body, framing, cut))))
                .filter(arguments -> isKnowable(arguments.get()));
    }

    /** A plain response that ends with its connection is whole for all that can be known. */
    private static boolean isKnowable(Object[] arguments) {
        return !(arguments[0].equals(PLAIN) && arguments[1] == Framing.CLOSE && arguments[2] == Cut.FIN);
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void hybrid_nodeCutsAtAnyByte_bodyFails(String body, Framing framing, Cut cut) throws IOException {
        Script script = new Script();
        Router router = fleet.router(fleet.rawEngine(script::respond).node());

        assertEveryCutFails(router, chat(), script, body, framing, cut);
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void twoStage_decodeCutsAtAnyByte_bodyFails(String body, Framing framing, Cut cut) throws IOException {
        Script script = new Script();
        Router router = fleet.router(TestFleet.split(
                prefill().node(PREFILL), fleet.rawEngine(script::respond).node(DECODE)));

        assertEveryCutFails(router, chat(), script, body, framing, cut);
    }

    @ParameterizedTest
    @MethodSource("cuts")
    void dualDispatch_oneOfTwoSamplesIsCutAtAnyByte_bodyFails(String body, Framing framing, Cut cut)
            throws IOException {
        Script script = new Script();
        Router router = fleet.router(TestFleet.paired(
                prefill().node(PREFILL), fleet.rawEngine(script::respond).node(DECODE)));

        assertEveryCutFails(router, chat("{\"model\":\"m\",\"n\":2}"), script, body, framing, cut);
    }

    private RawEngine prefill() {
        return fleet.rawEngine(connection -> connection.sendJson("{\"kv\":{\"cache\":1}}"));
    }

    /** What the engine sends, and how it ends the connection then. */
    private static final class Script {
        private volatile String first = "";
        private volatile String others = "";
        private volatile Cut cut = Cut.FIN;

        void respond(Connection connection) throws IOException {
            boolean isSecondSample = connection.body().contains("\"sample\":1");
            connection.send(isSecondSample ? others : first);
            cut.apply(connection);
        }
    }

    private static void assertEveryCutFails(
            Router router, InferenceRequest request, Script script, String body, Framing framing, Cut cut) {
        String head = framing.head(body.equals(PLAIN) ? "application/json" : "text/event-stream", body.length());
        String framed = framing.framed(body);
        script.others = head + framed;
        script.cut = cut;
        for (int length = 1; length < framed.length(); length++) {
            script.first = head + framed.substring(0, length);
            assertFails(router, request, "cut after '" + framed.substring(0, length) + "'");
        }
    }

    private static void assertFails(Router router, InferenceRequest request, String description) {
        try (InferenceResponse response = router.route(request)) {
            try {
                byte[] read = response.body().readAllBytes();
                fail(description + ": ended after '" + new String(read, UTF_8) + "'");
            } catch (IOException e) {
                assertThat(e).as(description).hasCauseInstanceOf(RouterException.class);
                assertFailsAgain(response.body(), description);
            }
        } catch (RouterException e) {
            assertThat(e.status()).as("%s: %s", description, e).isEqualTo(502);
        }
    }

    private static void assertFailsAgain(InputStream body, String description) {
        try {
            fail(description + ": gave " + body.read() + " after its failure");
        } catch (IOException e) {
            assertThat(e).as(description).hasCauseInstanceOf(RouterException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"1\\r\\nab\\r\\n0\\r\\n\\r\\n", "x\\r\\n0\\r\\n\\r\\n", "\\r\\n\\r\\n0\\r\\n\\r\\n"})
    void hybrid_lastChunkFollowsAMalformedOne_bodyFailsOnEveryRead(String chunks) {
        Router router = fleet.router(fleet.rawEngine(connection -> {
                    connection.send(Framing.CHUNKED.head("text/event-stream", 0) + Framing.chunk("data: 1\n\n"));
                    connection.send(chunks.replace("\\r", "\r").replace("\\n", "\n"));
                    connection.awaitEnd();
                })
                .node());

        assertFails(router, chat(), chunks);
    }

    @Test
    void hybrid_wholeStreamEndsWithItsConnection_isRead() throws IOException {
        for (String whole : new String[] {STREAM, STREAM.replace("\n", "\r\n"), STREAM.replace("\n", "\r")}) {
            assertThat(readUntilClose("/v1/chat/completions", whole)).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/completions, data: [DONE]",
        "/v1/messages, event: message_stop",
        "/v1/responses?x=1, event: response.completed",
        "/v1/responses, event: response.incomplete",
        "/v1/responses, event: response.failed",
        "/generate, data: anything"
    })
    void hybrid_streamEndsWithItsConnectionAfterItsLastEvent_isRead(String path, String line) throws IOException {
        String whole = "data: {}\n\n" + line + "\ndata: {\"x\":\"" + "x".repeat(100) + "\"}\n\n: bye\n\n";

        assertThat(readUntilClose(path, path.equals("/v1/completions") ? "data: {}\n\n" + line + "\n\n" : whole))
                .startsWith("data: {}\n\n" + line);
    }

    private String readUntilClose(String path, String sent) throws IOException {
        Router router = fleet.router(fleet.rawEngine(connection -> {
                    connection.send(Framing.CLOSE.head("text/event-stream", 0) + sent);
                    connection.close();
                })
                .node());
        InferenceRequest request = InferenceRequest.post(path, "{\"model\":\"m\"}".getBytes(ISO_8859_1));
        try (InferenceResponse response = router.route(request)) {
            return new String(response.body().readAllBytes(), ISO_8859_1);
        }
    }
}
