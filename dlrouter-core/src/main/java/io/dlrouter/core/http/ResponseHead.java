package io.dlrouter.core.http;

import java.io.IOException;
import java.net.ProtocolException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The status line and the headers of a response (RFC 9112).
 *
 * @param persistent whether the connection may be reused after the body
 * @param headers by name, in any case of letters
 */
record ResponseHead(int status, boolean persistent, Map<String, List<String>> headers) {
    /** The limit of all headers, slightly less than the gateway can pass on. */
    private static final int MAX_BYTES = 56 * 1024;

    private static final int LINE_END = 2;

    /** Reads the head of the final response; interim responses (1xx) are skipped. */
    static ResponseHead read(SocketInput input) throws IOException {
        ResponseHead head = readOne(input);
        while (head.status < 200) {
            head = readOne(input);
        }
        return head;
    }

    private static ResponseHead readOne(SocketInput input) throws IOException {
        String line = input.readLine(MAX_BYTES);
        int status = status(line);
        Map<String, List<String>> headers = readHeaders(input);
        return new ResponseHead(status, isPersistent(line, headers), headers);
    }

    private static int status(String line) throws ProtocolException {
        boolean wellFormed = line.length() >= 12
                && line.startsWith("HTTP/1.")
                && line.charAt(8) == ' '
                && (line.length() == 12 || line.charAt(12) == ' ');
        int status = wellFormed ? digits(line, 9, 12) : -1;
        if (status < 100) {
            throw new ProtocolException(
                    "it begins with '" + beginning(line) + "' (expected: a status line of HTTP/1.1)");
        }
        return status;
    }

    private static int digits(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    private static String beginning(String line) {
        return line.substring(0, Math.min(line.length(), 20)).replaceAll("[^ -~]", "?");
    }

    private static Map<String, List<String>> readHeaders(SocketInput input) throws IOException {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        int left = MAX_BYTES;
        for (String line = input.readLine(left); !line.isEmpty(); line = input.readLine(left)) {
            int colon = line.indexOf(':');
            left -= line.length() + LINE_END;
            if (!isName(line, colon) || left < 0) {
                throw new ProtocolException("it has an invalid header, or more than " + MAX_BYTES + " bytes of them");
            }
            headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>(1))
                    .add(line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static boolean isName(String line, int colon) {
        for (int i = 0; i < colon; i++) {
            if (line.charAt(i) <= ' ' || line.charAt(i) >= 0x7F) {
                return false;
            }
        }
        return colon > 0;
    }

    private static boolean isPersistent(String statusLine, Map<String, List<String>> headers) {
        boolean byDefault = !statusLine.startsWith("HTTP/1.0");
        List<String> connection = headers.get("connection");
        return connection == null ? byDefault : says(connection, byDefault ? "close" : "keep-alive") != byDefault;
    }

    private static boolean says(List<String> values, String option) {
        return values.stream().anyMatch(value -> value.toLowerCase(Locale.ROOT).contains(option));
    }

    Optional<String> first(String name) {
        return Optional.ofNullable(headers.get(name)).map(values -> values.get(0));
    }

    boolean hasNoBody() {
        return status == 204 || status == 304;
    }

    boolean isChunked() {
        return first("transfer-encoding")
                .filter(coding -> coding.toLowerCase(Locale.ROOT).contains("chunked"))
                .isPresent();
    }

    boolean isEventStream() {
        return first("content-type")
                .filter(type -> type.startsWith("text/event-stream"))
                .isPresent();
    }

    /**
     * The announced length; -1 without one.
     *
     * @throws ProtocolException if it is not a number, or there are several
     */
    long length() throws ProtocolException {
        List<String> lengths = headers.getOrDefault("content-length", List.of());
        if (lengths.isEmpty()) {
            return -1;
        }
        String length = lengths.get(0);
        if (!isNumber(length) || lengths.stream().anyMatch(other -> !other.equals(length))) {
            throw new ProtocolException("its Content-Length is " + lengths + " (expected: one number)");
        }
        return Long.parseLong(length);
    }

    /**
     * The value of {@code Retry-After}, in seconds or as a date (RFC 9110, 10.2.3); zero without one.
     *
     * @param now the current time, for a date
     */
    Duration retryAfter(Instant now) {
        String value = first("retry-after").orElse("");
        if (isNumber(value)) {
            return Duration.ofSeconds(Long.parseLong(value));
        }
        try {
            Duration left = Duration.between(now, Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value)));
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
