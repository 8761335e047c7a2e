package io.dlrouter.core.request;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InvalidRequestException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code multipart/form-data} body (RFC 7578). The headers of its parts are read, and the values of the fields that are
 * asked for; files are skipped. Over an array that it does not copy. Immutable.
 */
final class MultipartForm {
    private static final Pattern BOUNDARY =
            Pattern.compile(";\\s*boundary=(?:\"([^\"]{1,200})\"|([^\\s\";,]{1,200}))", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAME =
            Pattern.compile("[;\\s]name=(?:\"([^\"]*)\"|([^\\s\";]+))", Pattern.CASE_INSENSITIVE);
    private static final Pattern FILE_NAME = Pattern.compile("[;\\s]filename\\*?=", Pattern.CASE_INSENSITIVE);
    private static final String TYPE = "multipart/form-data";
    private static final int MAX_PART_HEADERS = 16 * 1024;
    private static final int MAX_VALUE = 4096;
    private static final int MAX_PARTS = 10_000;
    private static final byte[] BLANK_LINE = {'\r', '\n', '\r', '\n'};

    private final byte[] body;
    private final byte[] delimiter;

    private MultipartForm(byte[] body, String boundary) {
        this.body = body;
        this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    }

    /** Whether a body of this type is a form. */
    static boolean isType(String contentType) {
        return contentType.strip().toLowerCase(Locale.ROOT).startsWith(TYPE);
    }

    /**
     * The form that a body is.
     *
     * @throws InvalidRequestException if the type has no boundary
     */
    static MultipartForm of(String contentType, byte[] body) {
        Matcher boundary = BOUNDARY.matcher(contentType);
        if (!boundary.find()) {
            throw new InvalidRequestException("Content-Type: " + TYPE + " without a boundary (expected: one).", null);
        }
        return new MultipartForm(body, boundary.group(1) == null ? boundary.group(2) : boundary.group(1));
    }

    /**
     * The value of a field.
     *
     * @return empty if the form has no such field, or it is a file
     * @throws InvalidRequestException if the body is not such a form, or has the field more than once
     */
    Optional<String> field(String name) {
        Optional<String> value = Optional.empty();
        int parts = 0;
        int part = firstPart();
        while (part >= 0) {
            if (++parts > MAX_PARTS) {
                throw new InvalidRequestException("The form has more than " + MAX_PARTS + " parts.", null);
            }
            int headersEnd = headersEnd(part);
            int end = nextDelimiter(Math.max(part, headersEnd - BLANK_LINE.length + 2));
            if (isField(new String(body, part, headersEnd - part, UTF_8), name)) {
                if (value.isPresent()) {
                    throw new InvalidRequestException(
                            "The form has more than one part '" + name + "' (expected: one).", name);
                }
                value = Optional.of(value(headersEnd, end < 0 ? body.length : end, name));
            }
            part = end < 0 ? -1 : behindDelimiter(end);
        }
        return value;
    }

    private int firstPart() {
        int delimiterAtStart = startsWithDelimiter() ? -2 : nextDelimiter(0);
        if (delimiterAtStart == -1) {
            throw new InvalidRequestException(
                    "The body is not a form: the boundary of the Content-Type is not in it.", null);
        }
        return behindDelimiter(delimiterAtStart);
    }

    /** The first delimiter has no line break before it if nothing precedes it. */
    private boolean startsWithDelimiter() {
        int length = delimiter.length - 2;
        return body.length >= length && matches(0, 2, length) && isDelimiterEnd(length);
    }

    private boolean matches(int at, int from, int length) {
        for (int i = 0; i < length; i++) {
            if (body[at + i] != delimiter[from + i]) {
                return false;
            }
        }
        return true;
    }

    /** Where the next delimiter begins, -1 if there is no other. */
    private int nextDelimiter(int from) {
        for (int at = from; at <= body.length - delimiter.length; at++) {
            if (body[at] == '\r' && matches(at, 0, delimiter.length) && isDelimiterEnd(at + delimiter.length)) {
                return at;
            }
        }
        return -1;
    }

    /** A longer boundary that begins with this one is another one. */
    private boolean isDelimiterEnd(int at) {
        if (at + 1 < body.length && body[at] == '-' && body[at + 1] == '-') {
            return true;
        }
        int end = skipBlanks(at);
        return end + 1 < body.length && body[end] == '\r' && body[end + 1] == '\n';
    }

    private int skipBlanks(int from) {
        int at = from;
        while (at < body.length && (body[at] == ' ' || body[at] == '\t')) {
            at++;
        }
        return at;
    }

    /** Where the part behind a delimiter begins, -1 behind the last delimiter. */
    private int behindDelimiter(int start) {
        int end = start + delimiter.length;
        return body[end] == '-' ? -1 : skipBlanks(end) + 2;
    }

    private int headersEnd(int part) {
        int limit = Math.min(body.length, part + MAX_PART_HEADERS) - BLANK_LINE.length;
        if (part + 1 < body.length && body[part] == '\r' && body[part + 1] == '\n') {
            return part + 2;
        }
        for (int at = part; at <= limit; at++) {
            if (body[at] == '\r' && body[at + 1] == '\n' && body[at + 2] == '\r' && body[at + 3] == '\n') {
                return at + BLANK_LINE.length;
            }
        }
        throw new InvalidRequestException("A part of the form has no end of its headers.", null);
    }

    private static boolean isField(String headers, String name) {
        for (String line : headers.split("\r\n", -1)) {
            if (line.regionMatches(true, 0, "content-disposition:", 0, 20)) {
                Matcher found = NAME.matcher(line);
                return !FILE_NAME.matcher(line).find()
                        && found.find()
                        && name.equals(found.group(1) == null ? found.group(2) : found.group(1));
            }
        }
        return false;
    }

    private String value(int start, int end, String name) {
        if (end - start > MAX_VALUE) {
            throw new InvalidRequestException(
                    "The part '" + name + "' of the form is longer than " + MAX_VALUE + " bytes.", name);
        }
        return new String(body, start, Math.max(0, end - start), UTF_8);
    }
}
