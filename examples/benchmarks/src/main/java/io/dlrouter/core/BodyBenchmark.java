package io.dlrouter.core;

import com.squareup.moshi.JsonReader;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.BodyEdit;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okio.Buffer;
import okio.BufferedSource;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find the model in a body, and to take a member out of it; beside it Moshi's reader at the same. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class BodyBenchmark {
    private static final BodyEdit TAKEN_OUT = BodyEdit.NONE.removing("kv_transfer_params");

    /** Length of the body in bytes. */
    @Param({"2048", "32768", "262144"})
    public int length;

    private byte[] body = {};

    @Setup
    public void makeBody() {
        body = ChatBody.ofLength(length);
    }

    @Benchmark
    public String read() {
        return JsonObject.read(body).string("model").orElseThrow();
    }

    @Benchmark
    public byte[] splice() {
        return JsonObject.read(body).edited(TAKEN_OUT);
    }

    @Benchmark
    public @Nullable String moshiRead() throws IOException {
        String model = null;
        try (JsonReader reader = reader()) {
            reader.beginObject();
            while (reader.hasNext()) {
                if (reader.nextName().equals("model")) {
                    model = reader.nextString();
                } else {
                    reader.skipValue();
                }
            }
            reader.endObject();
        }
        return model;
    }

    @Benchmark
    public byte[] moshiSplice() throws IOException {
        Buffer kept = new Buffer();
        try (JsonReader reader = reader()) {
            reader.beginObject();
            while (reader.hasNext()) {
                copyUnlessTakenOut(reader, kept);
            }
            reader.endObject();
        }
        return kept.writeByte('}').readByteArray();
    }

    private static void copyUnlessTakenOut(JsonReader reader, Buffer kept) throws IOException {
        String name = reader.nextName();
        if (TAKEN_OUT.removed().contains(name)) {
            reader.skipValue();
            return;
        }
        kept.writeByte(kept.size() == 0 ? '{' : ',')
                .writeByte('"')
                .writeUtf8(name)
                .writeUtf8("\":");
        try (BufferedSource value = reader.nextSource()) {
            kept.writeAll(value);
        }
    }

    private JsonReader reader() {
        return JsonReader.of(new Buffer().write(body));
    }
}
