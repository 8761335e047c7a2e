package io.dlrouter.core.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ResponseBodyTest {
    private static final String HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** However the node cuts its chunks, the network its packets and the reader its reads. */
    @Property(tries = 300)
    void chunked_cutInAnyWay_isWhatTheChunksHold(
            @ForAll @Size(max = 12) List<@IntRange(min = 1, max = 9000) Integer> chunks,
            @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 1, max = 10_000) Integer> packets,
            @ForAll @IntRange(min = 1, max = 12_000) int read)
            throws IOException {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        sent.writeBytes(HEAD.getBytes(ISO_8859_1));
        ByteArrayOutputStream held = new ByteArrayOutputStream();
        for (int size : chunks) {
            byte[] content = content(size, held.size());
            held.writeBytes(content);
            sent.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(ISO_8859_1));
            sent.writeBytes(content);
            sent.writeBytes("\r\n".getBytes(ISO_8859_1));
        }
        sent.writeBytes("0\r\n\r\n".getBytes(ISO_8859_1));

        ResponseBody body = body(new Packets(sent.toByteArray(), packets));

        assertThat(readAll(body, read)).isEqualTo(held.toByteArray());
        assertThat(body.isReusable()).isTrue();
    }

    /** Bytes that look like the frame around them. */
    private static byte[] content(int size, int seed) {
        byte[] letters = "\r\n0\r\n\r\n5\r\nabc".getBytes(ISO_8859_1);
        byte[] content = new byte[size];
        for (int i = 0; i < size; i++) {
            content[i] = letters[(i + seed) % letters.length];
        }
        return content;
    }

    private static byte[] readAll(InputStream body, int most) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[most];
        for (int count = body.read(buffer, 0, most); count >= 0; count = body.read(buffer, 0, most)) {
            assertThat(count).isPositive();
            all.write(buffer, 0, count);
        }
        return all.toByteArray();
    }

    /** A stream that gives its bytes in packets of these sizes, again and again. */
    private static final class Packets extends InputStream {
        private final byte[] bytes;
        private final List<Integer> sizes;
        private int next;
        private int packet;

        Packets(byte[] bytes, List<Integer> sizes) {
            this.bytes = bytes;
            this.sizes = sizes;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("read byte by byte");
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (next == bytes.length) {
                return -1;
            }
            int size = Math.min(sizes.get(packet++ % sizes.size()), Math.min(length, bytes.length - next));
            System.arraycopy(bytes, next, target, offset, size);
            next += size;
            return size;
        }
    }

    @Example
    void chunked_chunkIsThere_isGivenWithoutWaitingForTheNext() throws IOException {
        ResponseBody body = body(new Packets((HEAD + "3\r\nabc\r\n").getBytes(ISO_8859_1), List.of(10_000)));

        assertThat(body.read(new byte[100], 0, 100)).isEqualTo(3);
        assertThat(body.isComplete()).isFalse();
    }

    @Example
    void chunked_severalChunksAreThere_areGivenAtOnce() throws IOException {
        ResponseBody body = body(HEAD + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");

        assertThat(new String(body.readNBytes(6), ISO_8859_1)).isEqualTo("abcdef");
        assertThat(body.isReusable()).isTrue();
    }

    @Example
    void chunked_frameIsGarbage_isAProtocolError() {
        for (String frame : List.of("xyz\r\n", "\r\n", "-1\r\n", "10000000000000000\r\n", "1\r\nab\r\n0\r\n\r\n")) {
            assertThatExceptionOfType(ProtocolException.class)
                    .as(frame)
                    .isThrownBy(() -> readAll(body(HEAD + frame), 100));
        }
    }

    @Example
    void chunked_endsAnywhere_isCutOff() throws IOException {
        byte[] whole = (HEAD + "3\r\nabc\r\n0\r\nX: 1\r\n\r\n").getBytes(ISO_8859_1);

        assertThat(readAll(body(new ByteArrayInputStream(whole)), 100)).hasSize(3);
        for (int length = HEAD.length(); length < whole.length; length++) {
            InputStream cut = new ByteArrayInputStream(Arrays.copyOf(whole, length));
            assertThatExceptionOfType(EOFException.class)
                    .as("%d bytes", length)
                    .isThrownBy(() -> readAll(body(cut), 100));
        }
    }

    private static ResponseBody body(String response) throws IOException {
        return body(new ByteArrayInputStream(response.getBytes(ISO_8859_1)));
    }

    private static ResponseBody body(InputStream response) throws IOException {
        SocketInput input = new SocketInput(response);
        return ResponseBody.of(ResponseHead.read(input), input);
    }
}
