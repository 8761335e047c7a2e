package io.dlrouter.core.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.squareup.moshi.JsonWriter;
import io.dlrouter.ModelCard;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.BodyEdit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import okio.Buffer;

/** The response to {@code GET /v1/models}. */
public final class ModelList {
    private static final String OWNER = "dlrouter";

    private ModelList() {}

    /**
     * The response as JSON, one card a model: as its node sent it.
     *
     * @param created the time of models whose nodes told none, in seconds since the epoch
     */
    public static String json(List<ModelCard> models, long created) {
        Buffer buffer = new Buffer();
        try (JsonWriter json = JsonWriter.of(buffer)) {
            json.beginObject().name("object").value("list").name("data").beginArray();
            for (ModelCard model : models) {
                write(model, created, json);
            }
            json.endArray().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.readUtf8();
    }

    /** The response to {@code GET /v1/models/{id}}; empty if no node serves that model. */
    public static Optional<String> card(List<ModelCard> models, String id, long created) {
        return models.stream()
                .filter(model -> model.id().equals(id))
                .findFirst()
                .map(model -> json(model, created));
    }

    private static String json(ModelCard model, long created) {
        Buffer buffer = new Buffer();
        try (JsonWriter json = JsonWriter.of(buffer)) {
            write(model, created, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.readUtf8();
    }

    /** The card as the node sent it, whose unknown members stay; only an owner is added if it names none. */
    private static byte[] withOwner(ModelCard model, String card) {
        byte[] text = card.getBytes(UTF_8);
        BodyEdit edit =
                model.ownedBy().isPresent() ? BodyEdit.NONE : BodyEdit.NONE.setting("owned_by", "\"" + OWNER + "\"");
        return JsonObject.read(text).edited(edit);
    }

    private static void write(ModelCard model, long created, JsonWriter json) throws IOException {
        if (model.json().isPresent()) {
            json.value(new Buffer().write(withOwner(model, model.json().get())));
            return;
        }
        json.beginObject().name("id").value(model.id()).name("object").value("model");
        json.name("created").value(model.created().orElse(created));
        json.name("owned_by").value(model.ownedBy().orElse(OWNER));
        json.name("root").value(model.root().orElse(null));
        json.name("parent").value(model.parent().orElse(null));
        if (model.maxModelLen().isPresent()) {
            json.name("max_model_len").value(model.maxModelLen().getAsLong());
        }
        json.endObject();
    }
}
