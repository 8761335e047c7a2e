package io.dlrouter.simulator;

import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import okio.Buffer;

/** A JSON value kept as it is written, every space and digit of it. */
record RawJson(String text) {

    /** The value of that member of a body known to be a JSON object; empty when it is not there, or null. */
    static Optional<RawJson> member(RecordedRequest request, String name) {
        try (JsonReader reader = JsonReader.of(new Buffer().write(request.content()))) {
            reader.beginObject();
            while (reader.hasNext()) {
                if (reader.nextName().equals(name)) {
                    return value(reader);
                }
                reader.skipValue();
            }
            return Optional.empty();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static Optional<RawJson> value(JsonReader reader) throws IOException {
        return reader.peek() == JsonReader.Token.NULL
                ? Optional.empty()
                : Optional.of(new RawJson(reader.nextSource().readUtf8()));
    }
}
