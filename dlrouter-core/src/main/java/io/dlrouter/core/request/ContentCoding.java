package io.dlrouter.core.request;

import io.dlrouter.InvalidRequestException;
import io.dlrouter.RequestTooLargeException;
import io.dlrouter.UnsupportedContentCodingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/** A content coding of request bodies that the router can decode (RFC 9110, 8.4). */
enum ContentCoding {
    GZIP,
    DEFLATE;

    /**
     * The coding of a body; empty if it has none.
     *
     * @throws UnsupportedContentCodingException if the router cannot decode it
     */
    static Optional<ContentCoding> of(HttpHeaders headers) {
        List<String> codings = headers.allValues("content-encoding").stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .map(coding -> coding.strip().toLowerCase(Locale.ROOT))
                .filter(coding -> !coding.isEmpty() && !coding.equals("identity"))
                .toList();
        if (codings.isEmpty()) {
            return Optional.empty();
        }
        return switch (codings.size() == 1 ? codings.get(0) : "") {
            case "gzip", "x-gzip" -> Optional.of(GZIP);
            case "deflate" -> Optional.of(DEFLATE);
            default ->
                throw new UnsupportedContentCodingException("Content-Encoding: " + String.join(", ", codings)
                        + " (expected: gzip, deflate or identity). Send the body without a content coding.");
        };
    }

    /**
     * The decoded body.
     *
     * @param limit in bytes
     * @throws RequestTooLargeException if it is larger
     * @throws InvalidRequestException if the body does not have this coding
     */
    byte[] decode(byte[] body, int limit) {
        try (InputStream decoded = decoder(new ByteArrayInputStream(body))) {
            byte[] bytes = decoded.readNBytes(limit);
            if (bytes.length == limit && decoded.read() >= 0) {
                throw new RequestTooLargeException("Decoded body too large (expected: at most " + limit + " bytes).");
            }
            return bytes;
        } catch (IOException e) {
            throw new InvalidRequestException(
                    "The body cannot be decoded as Content-Encoding: " + name().toLowerCase(Locale.ROOT) + ".", null);
        }
    }

    private InputStream decoder(InputStream body) throws IOException {
        return this == GZIP ? new GZIPInputStream(body) : new InflaterInputStream(body);
    }
}
