package io.dlrouter.core.openai;

import com.squareup.moshi.JsonWriter;
import io.dlrouter.ModelCard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import okio.Buffer;

/** The answer to {@code GET /v1/models}. */
public final class ModelList {
    private static final String OWNER = "dlrouter";

    private ModelList() {}

    /**
     * The answer as JSON, one card a model. What no node said is left out.
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

    private static void write(ModelCard model, long created, JsonWriter json) throws IOException {
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
