package io.dlrouter.server.inference;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** The body of a client's request, read as a whole and up to a limit. */
final class RequestBody {
    private static final int FIRST_READ = 16 * 1024;

    private RequestBody() {}

    /**
     * Reads the body. Blocks until the client has sent it.
     *
     * @param limit in bytes
     * @return empty if it is larger; its rest is not read
     * @throws IOException if the client fails
     */
    static Optional<byte[]> read(Request request, int limit) throws IOException {
        long announced = request.getLength();
        if (announced > limit) {
            return Optional.empty();
        }
        try (InputStream content = Content.Source.asInputStream(request)) {
            return announced >= 0 ? Optional.of(readExactly(content, (int) announced)) : readUpTo(content, limit);
        }
    }

    private static byte[] readExactly(InputStream content, int length) throws IOException {
        byte[] body = content.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the body ended after " + body.length + " bytes (expected: " + length + ")");
        }
        return body;
    }

    private static Optional<byte[]> readUpTo(InputStream content, int limit) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream(FIRST_READ);
        byte[] chunk = new byte[FIRST_READ];
        for (int count = content.read(chunk); count >= 0; count = content.read(chunk)) {
            if (count > limit - body.size()) {
                return Optional.empty();
            }
            body.write(chunk, 0, count);
        }
        return Optional.of(body.toByteArray());
    }
}
