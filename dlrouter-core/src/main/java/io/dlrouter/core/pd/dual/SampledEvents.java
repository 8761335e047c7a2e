package io.dlrouter.core.pd.dual;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.core.http.BodyInputStream;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.sse.EventParser;
import io.dlrouter.core.sse.ServerSentEvent;
import io.dlrouter.spi.json.MalformedJsonException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The streams of several samples as one: events as they arrive, with new indexes of their choices, then the usage of
 * all, then one {@code [DONE]} if each had one. Each stream is read on its own thread, which waits while the client is
 * slow. Used by one thread, except {@link #close()}.
 */
final class SampledEvents extends BodyInputStream {
    private static final int AHEAD = 64;
    private static final int BUFFER = 16 * 1024;
    private static final int MAX_LINE = 64 << 20;
    private static final String DONE = "[DONE]";

    private final SampleMerge merge;
    private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>(AHEAD);
    private final List<JsonObject> lastEvents = new ArrayList<>();
    private final int samples;
    private int open;
    private final BitSet done = new BitSet();
    private @Nullable String id;
    private byte[] current = {};
    private int next;
    private @Nullable IOException failure;
    private volatile boolean closed;

    /** The data of an event; if null, the end of a stream, with a reason if it is premature. */
    private record Part(
            int sample, @Nullable String data, @Nullable IOException failure) {}

    /** @param samples fewer than the capacity for parts */
    private SampledEvents(int samples) {
        this.merge = new SampleMerge(samples);
        this.samples = samples;
        this.open = samples;
    }

    /** Starts to read these streams, which the caller closes. */
    static SampledEvents of(List<InputStream> streams, Executor threads) {
        SampledEvents events = new SampledEvents(streams.size());
        for (int i = 0; i < streams.size(); i++) {
            int sample = i;
            threads.execute(() -> events.relay(sample, streams.get(sample)));
        }
        return events;
    }

    private void relay(int sample, InputStream stream) {
        try {
            EventParser parser = new EventParser(
                    MAX_LINE, event -> put(new Part(sample, event.data().strip(), null)));
            byte[] buffer = new byte[BUFFER];
            for (int count = stream.read(buffer); count >= 0 && !closed; count = stream.read(buffer)) {
                parser.add(buffer, 0, count);
            }
            parser.end();
            put(new Part(sample, null, null));
        } catch (IOException e) {
            put(new Part(sample, null, e));
        } catch (RuntimeException | Error e) {
            put(new Part(sample, null, new IOException(e)));
            throw e;
        }
    }

    /** After {@link #close()} nothing waits here: each stream had capacity for its next part. */
    private void put(Part part) {
        try {
            if (!closed) {
                parts.put(part);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (failure != null) {
            throw failure; // the samples that go on must not make it look whole
        }
        if (length == 0) {
            return 0;
        }
        if (next == current.length && !advance()) {
            return -1;
        }
        int count = Math.min(length, current.length - next);
        System.arraycopy(current, next, target, offset, count);
        next += count;
        return count;
    }

    /** Waits for the next event; false after the last one. */
    private boolean advance() throws IOException {
        current = new byte[0];
        next = 0;
        while (current.length == 0 && open > 0) {
            Part part = take();
            if (part.failure != null) {
                failure = part.failure;
                throw failure;
            }
            if (part.data == null) {
                open--;
                current = open == 0 ? tail() : current;
            } else {
                current = event(part.sample, part.data);
            }
        }
        return current.length > 0;
    }

    private Part take() throws InterruptedIOException {
        try {
            return parts.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for an event");
        }
    }

    /** The event for the client; empty for an event that is merged over all samples. */
    private byte[] event(int sample, String data) {
        if (data.equals(DONE)) {
            done.set(sample);
            return new byte[0];
        }
        try {
            JsonObject event = JsonObject.read(data.getBytes(UTF_8));
            if (isLast(event)) {
                lastEvents.add(event);
                return new byte[0];
            }
            return event.array("choices").isPresent() ? framed(merge.event(event, sample, id(event))) : framed(data);
        } catch (MalformedJsonException e) {
            return framed(data);
        }
    }

    private static boolean isLast(JsonObject event) {
        return event.object("usage").isPresent()
                && event.array("choices")
                        .filter(choices -> choices.matches("\\[\\s*]"))
                        .isPresent();
    }

    private Optional<String> id(JsonObject event) {
        if (id == null) {
            id = event.text("id").orElse(null);
        }
        return Optional.ofNullable(id);
    }

    private byte[] tail() {
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        if (!lastEvents.isEmpty()) {
            tail.writeBytes(framed(merge.last(lastEvents, id(lastEvents.get(0)))));
        }
        if (done.cardinality() == samples) {
            tail.writeBytes(framed(DONE));
        }
        return tail.toByteArray();
    }

    private static byte[] framed(byte[] json) {
        return ServerSentEvent.of("", json).toBytes();
    }

    private static byte[] framed(String data) {
        return ServerSentEvent.of(data).toBytes();
    }

    /** Ends the waits of readers and of the consumer; readers end with their streams. */
    @Override
    public void close() {
        closed = true;
        parts.clear();
        boolean unused = parts.offer(new Part(0, null, new IOException("The answer was closed.")));
    }
}
