package io.dlrouter.core.pd;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.MalformedJsonException;

/** What is changed in decode's response, or in each event of it, before the client sees it. Every other byte stays. */
public interface ResponseEdit {

    /** The change in this response, or event. */
    BodyEdit of(JsonObject response);

    /** Whether the beginning of a stream, as far as it was edited, may be passed on. */
    default boolean hasSeenEnough() {
        return true;
    }

    /** The edited text; the very array that was given if nothing in it changes, or if it is not a JSON object. */
    default byte[] apply(byte[] json) {
        try {
            JsonObject response = JsonObject.read(json);
            return response.edited(of(response));
        } catch (MalformedJsonException e) {
            return json;
        }
    }
}
