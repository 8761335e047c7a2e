package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.core.openai.ApiDialect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * One case of a response that fails: what the engine sends of what, how it fails then, and how the client asked.
 *
 * @param cut how many bytes of the framed body the engine sends before it fails; of the body itself where the fault is
 *     one of the frame
 */
record CutResponse(Framing framing, Fault fault, Client client, Content content, Path path, int cut) {

    /** How the engine's response says where it ends. */
    enum Framing {
        LENGTH,
        CHUNKED,
        CLOSE
    }

    /** How the engine fails. */
    enum Fault {
        /** It does not. */
        NONE,
        FIN,
        RST,
        SILENCE,
        BAD_CHUNK,
        /** A FIN before a length that the body as it is meant to be does not have. */
        TOO_FEW_BYTES;

        boolean isPossibleWith(Framing framing) {
            return switch (this) {
                case BAD_CHUNK -> framing == Framing.CHUNKED;
                case TOO_FEW_BYTES -> framing == Framing.LENGTH;
                default -> true;
            };
        }

        private boolean isOfTheFrame() {
            return this == BAD_CHUNK || this == TOO_FEW_BYTES;
        }
    }

    /** How the client asks. */
    enum Client {
        KEEP_ALIVE("HTTP/1.1", "", false),
        CONNECTION_CLOSE("HTTP/1.1", "Connection: close\r\n", false),
        HTTP_1_0("HTTP/1.0", "", false),
        TLS("HTTP/1.1", "", true),
        TLS_HTTP_1_0("HTTP/1.0", "", true);

        private final String version;
        private final String header;
        final boolean isTls;

        Client(String version, String header, boolean isTls) {
            this.version = version;
            this.header = header;
            this.isTls = isTls;
        }

        /** @param number of the case, for the engine to know it by */
        String request(String path, int number) {
            String body = "{\"model\":\"demo\",\"stream\":true}";
            return "POST " + path + " " + version + "\r\nHost: gateway\r\n" + header + CutEngine.CASE + ": " + number
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        }
    }

    /** What the engine responds with. */
    enum Content {
        JSON("Content-Type: application/json\r\n"),
        EVENTS("Content-Type: text/event-stream; charset=utf-8\r\n"),
        GZIP_EVENTS("Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n");

        private final String headers;

        Content(String headers) {
            this.headers = headers;
        }

        byte[] body(Path path) {
            return switch (this) {
                case JSON -> "{\"id\":\"1\",\"choices\":[]}".getBytes(UTF_8);
                case EVENTS -> path.events.getBytes(UTF_8);
                case GZIP_EVENTS -> gzip(path.events.getBytes(UTF_8));
            };
        }

        /** Not made smaller, so that blank lines stand in it. */
        private static byte[] gzip(byte[] bytes) {
            ByteArrayOutputStream zipped = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new Stored(zipped)) {
                gzip.write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return zipped.toByteArray();
        }
    }

    /** A gzip stream of blocks that are not compressed. */
    private static final class Stored extends GZIPOutputStream {
        Stored(OutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.NO_COMPRESSION);
        }
    }

    /** What the client asks for, with a whole stream of that API and what an error is there. */
    enum Path {
        CHAT(
                "/v1/chat/completions",
                "data: {\"a\":1}\n\ndata: [DONE]\n\n",
                "data: \\{\"error\":\\{.*\"code\":\"%s\"}}\n\n"),
        COMPLETIONS(
                "/v1/completions",
                "data: {}\r\n\r\ndata: [DONE]\r\n\r\n",
                "data: \\{\"error\":\\{.*\"code\":\"%s\"}}\n\n"),
        MESSAGES(
                "/v1/messages",
                "event: ping\ndata: {}\n\nevent: message_stop\ndata: {}\n\n",
                "event: error\ndata: \\{\"type\":\"error\",\"error\":\\{\"type\":\"api_error\",\"message\":\"[^\"]*\"}}\n\n"),
        RESPONSES(
                "/v1/responses",
                """
                event: response.created
                data: {"sequence_number":0,"response":{"id":"r"}}

                event: response.completed
                data: {"sequence_number":1}

                """,
                "event: response.failed\ndata: \\{\"type\":\"response.failed\",\"sequence_number\":[12],\"response\":"
                        + "\\{\"id\":\"r\",\"status\":\"failed\",\"error\":\\{\"code\":\"server_error\",\"message\":\"[^\"]*\"}}}\n\n"),
        GENERATE("/generate", "data: {\"text\":\"a\"}\n\ndata: [DONE]\n\n", "");

        final String path;
        private final String events;
        private final String event;

        Path(String path, String events, String event) {
            this.path = path;
            this.events = events;
            this.event = event;
        }
    }

    /** All cases of these axes, cut at each byte. */
    static Stream<CutResponse> all(Framing framing, Fault fault, Client client, Content content, Path path) {
        int length = fault.isOfTheFrame() ? content.body(path).length : framed(framing, content.body(path)).length - 1;
        return IntStream.rangeClosed(0, length)
                .mapToObj(cut -> new CutResponse(framing, fault, client, content, path, cut))
                .filter(CutResponse::isFailure);
    }

    /** A case that is none, to compare with. */
    static CutResponse whole(Framing framing, Client client, Content content, Path path) {
        return new CutResponse(framing, Fault.NONE, client, content, path, framed(framing, content.body(path)).length);
    }

    /**
     * Whether it can be known that the response is not whole. It cannot where its end is that of the connection and
     * nothing else shows an end: the events of an API that is not known may end after any. Nor is a silence before the
     * first byte one in the middle.
     */
    private boolean isFailure() {
        if (fault == Fault.SILENCE && relayed().length == 0) {
            return false;
        }
        return framing != Framing.CLOSE
                || fault != Fault.FIN
                || (content == Content.EVENTS && (path != Path.GENERATE || !endsWithBlankLine()));
    }

    /** Whether the cut leaves no event incomplete. */
    boolean endsWithBlankLine() {
        String relayed = new String(relayed(), UTF_8);
        return relayed.isEmpty() || relayed.endsWith("\n\n") || relayed.endsWith("\r\n\r\n");
    }

    /** What of the body passes before the failure. */
    byte[] relayed() {
        byte[] body = content.body(path);
        if (framing != Framing.CHUNKED || fault.isOfTheFrame()) {
            return Arrays.copyOf(body, Math.min(cut, body.length));
        }
        int firstEnd = start(half(body)) + half(body);
        int secondStart = firstEnd + 2 + start(body.length - half(body));
        int first = Math.max(0, Math.min(cut - start(half(body)), half(body)));
        int second = Math.max(0, Math.min(cut - secondStart, body.length - half(body)));
        return Arrays.copyOf(body, first + second);
    }

    private static int half(byte[] body) {
        return body.length / 2;
    }

    /** How long the line before a chunk is. */
    private static int start(int size) {
        return Integer.toHexString(size).length() + 2;
    }

    /** All that the engine sends. */
    byte[] sent() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        sent.writeBytes(head().getBytes(UTF_8));
        if (fault == Fault.BAD_CHUNK) {
            byte[] chunks = framed(Framing.CHUNKED, relayed());
            sent.write(chunks, 0, chunks.length - "0\r\n\r\n".length());
            sent.writeBytes("xyz\r\n0\r\n\r\n".getBytes(UTF_8));
        } else {
            sent.write(framed(framing, content.body(path)), 0, cut);
        }
        return sent.toByteArray();
    }

    private String head() {
        int missing = fault == Fault.TOO_FEW_BYTES ? 1 : 0;
        return "HTTP/1.1 200 OK\r\n" + content.headers
                + switch (framing) {
                    case LENGTH -> "Content-Length: " + (content.body(path).length + missing) + "\r\n\r\n";
                    case CHUNKED -> "Transfer-Encoding: chunked\r\n\r\n";
                    case CLOSE -> "Connection: close\r\n\r\n";
                };
    }

    /** The body as it stands on the connection, in two chunks if in any. */
    private static byte[] framed(Framing framing, byte[] body) {
        if (framing != Framing.CHUNKED) {
            return body;
        }
        ByteArrayOutputStream framed = new ByteArrayOutputStream();
        chunk(framed, Arrays.copyOf(body, half(body)));
        chunk(framed, Arrays.copyOfRange(body, half(body), body.length));
        framed.writeBytes("0\r\n\r\n".getBytes(UTF_8));
        return framed.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream framed, byte[] content) {
        if (content.length > 0) {
            framed.writeBytes((Integer.toHexString(content.length) + "\r\n").getBytes(UTF_8));
            framed.writeBytes(content);
            framed.writeBytes("\r\n".getBytes(UTF_8));
        }
    }

    /** What is wrong with what a client got; nothing if it is what it should be. */
    String verdict(StrictResponse got) {
        if (fault == Fault.NONE) {
            return got.isWhole() && Arrays.equals(got.body(), content.body(path)) ? "" : "not as it was sent";
        }
        return relayed().length == 0 ? verdictOnError(got) : verdictOnFailure(got);
    }

    /** Before the first byte a failure has a status of its own. */
    private String verdictOnError(StrictResponse got) {
        boolean isError = got.status() == 502
                && got.isWhole()
                && got.header("x-dlrouter-error").isPresent();
        boolean isAnthropics = got.text().startsWith("{\"type\":\"error\",\"error\":{\"type\":\"api_error\"");
        return isError && isAnthropics == (ApiDialect.of(path.path) == ApiDialect.MESSAGES) ? "" : "no proper error";
    }

    private String verdictOnFailure(StrictResponse got) {
        byte[] relayed = relayed();
        if (got.isWhole()) {
            return "looks whole";
        }
        if (got.status() != 200 || !Arrays.equals(Arrays.copyOf(got.body(), relayed.length), relayed)) {
            return "not what was relayed";
        }
        String rest =
                new String(got.body(), relayed.length, got.body().length - relayed.length, StandardCharsets.UTF_8);
        if (content != Content.EVENTS || !endsWithBlankLine()) {
            return rest.isEmpty() ? "" : "something more than what was relayed";
        }
        String code = fault == Fault.SILENCE ? "node_timeout" : "bad_node_response";
        return Pattern.matches(String.format(path.event, code), rest) ? "" : "not the error event";
    }

    @Override
    public String toString() {
        return framing + " " + fault + " " + client + " " + content + " " + path + " after " + cut + " bytes, "
                + relayed().length + " of the body";
    }
}
