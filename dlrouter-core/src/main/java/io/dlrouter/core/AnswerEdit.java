package io.dlrouter.core;

import io.dlrouter.spi.BodyEdit;

/** What is changed in decode's answer, or in each event of it, before the client sees it. Every other byte stays. */
interface AnswerEdit {

    /** The change in this answer, or event. */
    BodyEdit of(JsonObject answer);

    /** Whether the beginning of a stream, as far as it was edited, may be passed on. */
    default boolean hasSeenEnough() {
        return true;
    }

    /** The edited text; the very array that was given if nothing in it changes, or if it is not a JSON object. */
    default byte[] apply(byte[] json) {
        try {
            JsonObject answer = JsonObject.read(json);
            return answer.edited(of(answer));
        } catch (MalformedJsonException e) {
            return json;
        }
    }
}
