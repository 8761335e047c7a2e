package io.dlrouter.backend.sglang;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.dlrouter.spi.JsonMembers;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import okio.Buffer;

/**
 * What a request says that makes a difference to how it is split. A member of another type than expected counts as
 * none: it is for the engine to refuse.
 */
record Members(JsonMembers body) {

    boolean isTrue(String name) {
        return text(name).filter("true"::equals).isPresent();
    }

    /** Whether there is a value that asks for something. */
    boolean isSet(String name) {
        return text(name)
                .filter(text -> !text.equals("null") && !text.equals("false"))
                .isPresent();
    }

    OptionalLong number(String name) {
        return text(name).map(Members::whole).orElse(OptionalLong.empty());
    }

    /** A number in {@code sampling_params}. */
    OptionalLong samplingNumber(String name) {
        return body.member("sampling_params")
                .map(value -> numberIn(value, name))
                .orElse(OptionalLong.empty());
    }

    /** How many prompts there are, if they are a list; token ids are one prompt. */
    OptionalInt prompts() {
        for (String name : new String[] {"prompt", "text", "input_ids"}) {
            Optional<OptionalInt> count = body.member(name).map(Members::elements);
            if (count.isPresent() && count.get().isPresent()) {
                return count.get();
            }
        }
        return OptionalInt.empty();
    }

    private Optional<String> text(String name) {
        return body.member(name).map(value -> UTF_8.decode(value).toString());
    }

    private static OptionalLong whole(String text) {
        try {
            return OptionalLong.of(new BigDecimal(text).longValueExact());
        } catch (ArithmeticException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static OptionalLong numberIn(ByteBuffer object, String name) {
        try (JsonReader reader = reader(object)) {
            OptionalLong found = OptionalLong.empty();
            reader.beginObject();
            while (reader.hasNext()) {
                if (reader.nextName().equals(name) && reader.peek() == JsonReader.Token.NUMBER) {
                    found = whole(reader.nextString());
                } else {
                    reader.skipValue();
                }
            }
            return found;
        } catch (IOException | JsonDataException e) {
            return OptionalLong.empty();
        }
    }

    /** The length of a list of strings or of lists; empty for anything else. */
    private static OptionalInt elements(ByteBuffer value) {
        if (value.get(value.position()) != '[') {
            return OptionalInt.empty();
        }
        try (JsonReader reader = reader(value)) {
            int count = 0;
            reader.beginArray();
            while (reader.hasNext()) {
                if (reader.peek() == JsonReader.Token.NUMBER) {
                    return OptionalInt.empty();
                }
                reader.skipValue();
                count++;
            }
            return OptionalInt.of(count);
        } catch (IOException | JsonDataException e) {
            return OptionalInt.empty();
        }
    }

    private static JsonReader reader(ByteBuffer value) {
        byte[] text = new byte[value.remaining()];
        value.duplicate().get(text);
        return JsonReader.of(new Buffer().write(text));
    }
}
