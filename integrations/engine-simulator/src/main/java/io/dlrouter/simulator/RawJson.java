package io.dlrouter.simulator;

import com.squareup.moshi.JsonReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okio.Buffer;

/** A JSON value kept as it is written, every space and digit of it. */
record RawJson(String text) {

    /** The value of that member of a body known to be a JSON object; empty when it is not there, or null. */
    static Optional<RawJson> member(RecordedRequest request, String name) {
        return written(request, name).filter(value -> !value.isNull());
    }

    /** The value of that member of a body known to be a JSON object, be it null; empty when it is not there. */
    static Optional<RawJson> written(RecordedRequest request, String name) {
        try (JsonReader reader = JsonReader.of(new Buffer().write(request.content()))) {
            reader.beginObject();
            while (reader.hasNext()) {
                if (reader.nextName().equals(name)) {
                    return Optional.of(next(reader));
                }
                reader.skipValue();
            }
            return Optional.empty();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    boolean isNull() {
        return text.equals("null");
    }

    /** The elements of an array; empty for anything else. */
    Optional<List<RawJson>> elements() {
        try (JsonReader reader = JsonReader.of(new Buffer().writeUtf8(text))) {
            if (reader.peek() != JsonReader.Token.BEGIN_ARRAY) {
                return Optional.empty();
            }
            List<RawJson> elements = new ArrayList<>();
            for (reader.beginArray(); reader.hasNext(); ) {
                elements.add(next(reader));
            }
            return Optional.of(elements);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** What a string says; empty for anything else. */
    Optional<String> string() {
        try (JsonReader reader = JsonReader.of(new Buffer().writeUtf8(text))) {
            return reader.peek() == JsonReader.Token.STRING ? Optional.of(reader.nextString()) : Optional.empty();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** An integer from 0 to 2^63-1 written in digits alone; empty for anything else. */
    Optional<Long> natural() {
        return Optional.of(text)
                .filter(digits -> digits.matches("[0-9]{1,19}"))
                .map(BigInteger::new)
                .filter(number -> number.bitLength() < Long.SIZE)
                .map(BigInteger::longValueExact);
    }

    @Override
    public String toString() {
        return text;
    }

    private static RawJson next(JsonReader reader) throws IOException {
        return new RawJson(reader.nextSource().readUtf8());
    }
}
