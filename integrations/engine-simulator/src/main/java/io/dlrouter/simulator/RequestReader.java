package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads HTTP/1.1 requests and refuses what no server behind a router should ever see. */
final class RequestReader {
    private static final int MAX_LINE = 65_536;
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII);

    private final ClientInput in;
    private final OutputStream out;

    RequestReader(ClientInput in, OutputStream out) {
        this.in = in;
        this.out = out;
    }

    RecordedRequest read() throws IOException {
        Instant arrival = Instant.now();
        String[] words = line().split(" ", -1);
        if (words.length != 3 || !words[2].equals("HTTP/1.1") || !words[1].startsWith("/")) {
            throw new ProtocolViolationException(
                    "request line: " + String.join(" ", words) + " (expected: METHOD /path HTTP/1.1)");
        }
        HttpHeaders headers = headers();
        HeaderRules.check(headers);
        return new RecordedRequest(words[0], words[1], headers, body(headers), arrival);
    }

    private HttpHeaders headers() throws IOException {
        Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0
                    || Character.isWhitespace(line.charAt(colon - 1))
                    || Character.isWhitespace(line.charAt(0))) {
                throw new ProtocolViolationException("header line: " + line + " (expected: name: value)");
            }
            fields.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        return HttpHeaders.of(fields, (name, value) -> true);
    }

    private byte[] body(HttpHeaders headers) throws IOException {
        if (headers.firstValue("expect")
                .filter("100-continue"::equalsIgnoreCase)
                .isPresent()) {
            out.write(CONTINUE);
            out.flush();
        }
        if (headers.firstValue("transfer-encoding").isPresent()) {
            return chunks();
        }
        return in.read(
                headers.firstValue("content-length").map(Integer::parseInt).orElse(0));
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            body.writeBytes(in.read(size));
            expectEmpty(line());
        }
        expectEmpty(line());
        return body.toByteArray();
    }

    private int chunkSize() throws IOException {
        String line = line();
        if (!line.matches("[0-9a-fA-F]{1,7}")) {
            throw new ProtocolViolationException("chunk size: " + line + " (expected: 1 to 7 hexadecimal digits)");
        }
        return Integer.parseInt(line, 16);
    }

    private static void expectEmpty(String line) throws ProtocolViolationException {
        if (!line.isEmpty()) {
            throw new ProtocolViolationException("after a chunk: " + line + " (expected: an empty line)");
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            line.write(next);
            if (line.size() > MAX_LINE) {
                throw new ProtocolViolationException("header line: over " + MAX_LINE + " bytes");
            }
        }
        String text = line.toString(ISO_8859_1);
        if (!text.endsWith("\r")) {
            throw new ProtocolViolationException("line end: LF (expected: CR LF)");
        }
        return text.substring(0, text.length() - 1);
    }
}
