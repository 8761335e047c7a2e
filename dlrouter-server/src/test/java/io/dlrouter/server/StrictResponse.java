package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntConsumer;
import okio.ByteString;

/**
 * A response as a strict client reads it (RFC 9112, 6 and 8): with what came of the body, and with why it is not whole if
 * it is not.
 *
 * @param headers lines, the names in lower case
 * @param content the body, as far as it came
 * @param defect empty if the response is whole
 */
record StrictResponse(int status, List<String> headers, ByteString content, Optional<String> defect) {

    /**
     * Reads a response to its end.
     *
     * @throws IOException if it has no whole head
     */
    static StrictResponse read(InputStream connection) throws IOException {
        return read(connection, length -> {});
    }

    /** @param onBody is told how many bytes of the body have come, each time that more have */
    static StrictResponse read(InputStream connection, IntConsumer onBody) throws IOException {
        Reader reader = new Reader(new BufferedInputStream(connection), onBody);
        String statusLine = reader.line();
        int status = Integer.parseInt(statusLine.substring(9, 12));
        List<String> headers = new ArrayList<>();
        for (String line = reader.line(); !line.isEmpty(); line = reader.line()) {
            int colon = line.indexOf(':');
            headers.add(line.substring(0, colon).toLowerCase(Locale.ROOT) + ":" + line.substring(colon + 1));
        }
        Optional<String> defect = reader.readBody(headers);
        return new StrictResponse(status, headers, ByteString.of(reader.body.toByteArray()), defect);
    }

    boolean isWhole() {
        return defect.isEmpty();
    }

    byte[] body() {
        return content.toByteArray();
    }

    String text() {
        return content.utf8();
    }

    /** The value of a header, or nothing. */
    Optional<String> header(String name) {
        return header(headers, name);
    }

    private static Optional<String> header(List<String> headers, String name) {
        return headers.stream()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst();
    }

    /** Reads the parts of a response. */
    private static final class Reader {
        private final InputStream connection;
        private final IntConsumer onBody;
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        Reader(InputStream connection, IntConsumer onBody) {
            this.connection = connection;
            this.onBody = onBody;
        }

        /** A line without its end, which is CR LF. */
        String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int next = octet(); next != '\r'; next = octet()) {
                line.write(next);
            }
            expect('\n');
            return line.toString(ISO_8859_1);
        }

        private int octet() throws IOException {
            int next = connection.read();
            if (next < 0) {
                throw new EOFException("the connection ended");
            }
            return next;
        }

        private void expect(int octet) throws IOException {
            int next = octet();
            if (next != octet) {
                throw new IOException("octet " + next + " (expected: " + octet + ")");
            }
        }

        /** Why the body is not whole, if it is not. */
        Optional<String> readBody(List<String> headers) {
            try {
                if (header(headers, "transfer-encoding").isPresent()) {
                    readChunks();
                } else if (header(headers, "content-length").isPresent()) {
                    readOctets(
                            Integer.parseInt(header(headers, "content-length").orElseThrow()));
                } else {
                    readUntilClose();
                }
                return Optional.empty();
            } catch (IOException e) {
                return Optional.of(e.toString());
            }
        }

        private void readChunks() throws IOException {
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                readOctets(size);
                expect('\r');
                expect('\n');
            }
            while (!line().isEmpty()) {
                // A trailer.
            }
        }

        private void readOctets(int count) throws IOException {
            byte[] buffer = new byte[Math.max(1, count)];
            int remaining = count;
            while (remaining > 0) {
                int read = connection.read(buffer, 0, remaining);
                if (read < 0) {
                    throw new EOFException("the connection ended with " + remaining + " octets to come");
                }
                add(buffer, read);
                remaining -= read;
            }
        }

        private void readUntilClose() throws IOException {
            byte[] buffer = new byte[1024];
            for (int read = connection.read(buffer); read >= 0; read = connection.read(buffer)) {
                add(buffer, read);
            }
        }

        private void add(byte[] bytes, int count) {
            body.write(bytes, 0, count);
            onBody.accept(body.size());
        }
    }
}
