package io.dlrouter.server;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.Moshi;
import io.dlrouter.ModelCard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer to {@code GET /v1/models}. */
final class ModelList {
    private static final JsonAdapter<Answer> JSON = new Moshi.Builder().build().adapter(Answer.class);
    private static final String OWNER = "dlrouter";

    private ModelList() {}

    /**
     * The answer as JSON, one card a model.
     *
     * @param created the time of models whose nodes told none, in seconds since the epoch
     */
    static String json(List<ModelCard> models, long created) {
        List<Card> cards = models.stream().map(model -> card(model, created)).toList();
        return JSON.toJson(new Answer("list", cards));
    }

    private static Card card(ModelCard model, long created) {
        return new Card(
                model.id(),
                "model",
                model.created().orElse(created),
                model.ownedBy().orElse(OWNER),
                model.root().orElse(null),
                model.parent().orElse(null),
                model.maxModelLen().isPresent() ? model.maxModelLen().getAsLong() : null);
    }

    /** The list. Moshi reads public records only. */
    public record Answer(String object, List<Card> data) {}

    /** One model. What no node said is left out. */
    public record Card(
            String id,
            String object,
            long created,
            @Json(name = "owned_by") String ownedBy,
            @Nullable String root,
            @Nullable String parent,
            @Json(name = "max_model_len") @Nullable Long maxModelLen) {}
}
