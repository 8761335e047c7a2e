package io.dlrouter.core.fleet;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.dlrouter.ModelCard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/** Reads an engine's response to {@code GET /v1/models}, which has OpenAI's format for all bundled backends. */
public final class ModelCards {
    private ModelCards() {}

    /**
     * Reads the response to {@code GET /v1/models}.
     *
     * @throws IOException if it is not such a response
     */
    public static List<ModelCard> parse(String json) throws IOException {
        try (JsonReader reader = JsonReader.of(new Buffer().writeUtf8(json))) {
            List<ModelCard> cards = new ArrayList<>();
            reader.beginObject();
            while (reader.hasNext()) {
                if (reader.nextName().equals("data")) {
                    readCards(reader, cards);
                } else {
                    reader.skipValue();
                }
            }
            return cards;
        } catch (JsonDataException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void readCards(JsonReader reader, List<ModelCard> cards) throws IOException {
        reader.beginArray();
        while (reader.hasNext()) {
            cards.add(readCard(reader));
        }
        reader.endArray();
    }

    private static ModelCard readCard(JsonReader list) throws IOException {
        Buffer text = new Buffer();
        text.writeAll(list.nextSource());
        try (JsonReader reader = JsonReader.of(text.clone())) {
            Draft draft = new Draft();
            reader.beginObject();
            while (reader.hasNext()) {
                draft.read(reader.nextName(), reader);
            }
            reader.endObject();
            return draft.finish(text.readUtf8());
        }
    }

    /** A card that is being read. */
    private static final class Draft {
        private @Nullable String id;
        private @Nullable String ownedBy;
        private @Nullable String root;
        private @Nullable String parent;
        private OptionalLong created = OptionalLong.empty();
        private OptionalLong maxModelLen = OptionalLong.empty();

        void read(String name, JsonReader reader) throws IOException {
            switch (name) {
                case "id" -> id = text(reader);
                case "owned_by" -> ownedBy = text(reader);
                case "root" -> root = text(reader);
                case "parent" -> parent = text(reader);
                case "created" -> created = number(reader);
                case "max_model_len" -> maxModelLen = number(reader);
                default -> reader.skipValue();
            }
        }

        private static @Nullable String text(JsonReader reader) throws IOException {
            if (reader.peek() == JsonReader.Token.STRING) {
                return reader.nextString();
            }
            reader.skipValue();
            return null;
        }

        private static OptionalLong number(JsonReader reader) throws IOException {
            if (reader.peek() == JsonReader.Token.NUMBER) {
                return OptionalLong.of((long) reader.nextDouble());
            }
            reader.skipValue();
            return OptionalLong.empty();
        }

        ModelCard finish(String json) {
            if (id == null) {
                throw new JsonDataException("a model without an id");
            }
            return new ModelCard(
                    id,
                    created,
                    Optional.ofNullable(ownedBy),
                    Optional.ofNullable(root),
                    Optional.ofNullable(parent),
                    maxModelLen,
                    Optional.of(json.strip()));
        }
    }
}
