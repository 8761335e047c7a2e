package io.dlrouter.testkit;

import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;

/** Rules of JSON. */
final class JsonRules {
    private JsonRules() {}

    /** Fails if the text is not one JSON value. */
    static void assertValue(String json) {
        try {
            JsonValue unused = JsonValue.parse(json);
        } catch (MalformedJsonException e) {
            throw new AssertionError("JSON text: " + json + " (expected: one value)", e);
        }
    }
}
