package io.dlrouter.core.pd;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.MalformedJsonException;

/** An edit of decode's response, or of each event of it. All other bytes stay unchanged. */
public interface ResponseEdit {

    /** The edit of this response, or event. */
    BodyEdit of(JsonObject response);

    /** Whether the beginning of a stream, as edited so far, may be passed on. */
    default boolean hasSeenEnough() {
        return true;
    }

    /** The edited text; the given array if nothing changes, or if it is not a JSON object. */
    default byte[] apply(byte[] json) {
        try {
            JsonObject response = JsonObject.read(json);
            return response.edited(of(response));
        } catch (MalformedJsonException e) {
            return json;
        }
    }
}
