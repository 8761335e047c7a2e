package io.dlrouter.replay;

import io.dlrouter.spi.Prompt;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import okio.BufferedSource;
import okio.Okio;

/**
 * Requests with the times of their arrival, in the order of these: what prompts had in common, and how long they and
 * their responses were. Read from a trace of the Mooncake kind or from the router's own access log. Immutable.
 */
public final class Trace {
    /** Mooncake traces have all requests of about three seconds at one time. */
    private static final long BUCKET = TimeUnit.SECONDS.toNanos(3);

    /** The access log knows milliseconds. */
    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1);

    private final List<TraceRequest> requests;
    private final long bucket;
    private final Optional<String> complaint;

    private Trace(Stream<TraceRequest> requests, long bucket, Optional<String> complaint) {
        this.requests = requests.sorted().toList();
        this.bucket = bucket;
        this.complaint = complaint;
    }

    private Trace with(Stream<TraceRequest> others) {
        return new Trace(others, bucket, complaint);
    }

    /**
     * Reads a file, which may be compressed with gzip. Each line is a JSON object: either {@code timestamp} (ms),
     * {@code input_length}, {@code output_length} and {@code hash_ids}, as in the traces of Mooncake, or what the router
     * writes to its access log.
     *
     * @param blockTokens how many tokens each of the {@code hash_ids} stands for
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if not a single line is of use
     */
    public static Trace read(Path file, int blockTokens) throws IOException {
        try (BufferedSource source = Okio.buffer(Okio.source(open(file)))) {
            TraceReader reader = new TraceReader(source, blockTokens).read();
            if (reader.requests().isEmpty()) {
                throw new IllegalArgumentException(
                        "trace: " + file + ": " + reader.complaint().orElse("it is empty")
                                + " (expected: lines of JSON with timestamp, input_length, output_length and hash_ids, or an"
                                + " access log in JSON with log_decisions)");
            }
            return of(reader.requests(), reader.isBucketed() ? BUCKET : TICK, reader.complaint());
        }
    }

    private static InputStream open(Path file) throws IOException {
        InputStream plain = new BufferedInputStream(Files.newInputStream(file));
        plain.mark(2);
        boolean zipped = plain.read() == 0x1F && plain.read() == 0x8B;
        plain.reset();
        return zipped ? new GZIPInputStream(plain) : plain;
    }

    /** @param bucket requests of one time may have come this much later */
    static Trace of(List<TraceRequest> requests, long bucket, Optional<String> complaint) {
        long first = requests.stream().mapToLong(TraceRequest::nanoTime).min().orElse(0);
        return new Trace(requests.stream().map(request -> request.at(request.nanoTime() - first)), bucket, complaint);
    }

    /** How many requests there are. */
    public int size() {
        return requests.size();
    }

    /** How many lines of the file were of no use, and the first of them and why; empty if all were of use. */
    public Optional<String> complaint() {
        return complaint;
    }

    List<TraceRequest> requests() {
        return requests;
    }

    /** From the first request to the last one. */
    Duration length() {
        return requests.isEmpty()
                ? Duration.ZERO
                : Duration.ofNanos(requests.get(requests.size() - 1).nanoTime());
    }

    /** How many tokens a whole block has on average. */
    double tokensPerBlock() {
        double tokens = 0;
        double blocks = 0;
        for (TraceRequest request : requests) {
            tokens += request.promptTokens();
            blocks += (double) request.prompt().length() / request.prompt().blockLength();
        }
        return tokens > 0 && blocks > 0 ? tokens / blocks : 1;
    }

    /** Only the first so many requests. */
    public Trace first(int count) {
        return with(requests.stream().limit(count));
    }

    /**
     * Spreads those that have one time over the time to the next ones, which is that of their bucket, or over three
     * seconds if that is longer: a trace that has its requests in buckets would send them as volleys.
     */
    public Trace spread(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<TraceRequest> spread = new ArrayList<>(requests.size());
        long next = Long.MAX_VALUE;
        long gap = bucket;
        for (int i = requests.size() - 1; i >= 0; i--) {
            long time = requests.get(i).nanoTime();
            gap = time == next ? gap : Math.min(bucket, next - time);
            next = time;
            spread.add(requests.get(i).at(time + random.nextLong(gap)));
        }
        Collections.reverse(spread);
        return with(spread.stream());
    }

    /** The same requests at another rate: twice as many a second with 2. */
    public Trace rate(double factor) {
        return with(requests.stream().map(request -> request.at(Math.round(request.nanoTime() / factor))));
    }

    /** The same requests, but the first half of every prompt begins as all others do. */
    public Trace sharingFirstHalf() {
        return with(requests.stream().map(request -> request.withPrompt(sharing(request.prompt()))));
    }

    private static Prompt sharing(Prompt prompt) {
        BlockChain blocks = new BlockChain(prompt.blocks());
        LongStream.range(0, prompt.blocks())
                .map(i -> i < prompt.blocks() / 2 ? i : prompt.block((int) i))
                .forEach(blocks::add);
        return Prompt.of(prompt.unit(), prompt.length(), prompt.blockLength(), blocks.hashes());
    }
}
