package io.dlrouter.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The elements of a JSON array, each as the text that stands there. */
final class JsonArray {
    private JsonArray() {}

    /** @throws MalformedJsonException if it is not one JSON array */
    static List<byte[]> elements(byte[] text) {
        JsonText json = new JsonText(text, text.length);
        List<byte[]> elements = new ArrayList<>();
        int here = json.skipSpace(json.expect(json.skipSpace(0), '['));
        while (json.at(here) != ']') {
            int end = json.skipValue(here);
            elements.add(Arrays.copyOfRange(text, here, end));
            here = json.skipSpace(end);
            here = json.at(here) == ']' ? here : json.skipSpace(json.expect(here, ','));
        }
        return elements;
    }
}
