package io.dlrouter.core.json;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The elements of a JSON array, each as the text that stands there. */
public final class JsonArray {
    private JsonArray() {}

    /** Whether a text is one JSON array. */
    public static boolean isOne(byte[] text) {
        try {
            JsonScanner json = new JsonScanner(text, text.length);
            int start = json.skipSpace(0);
            return json.at(start) == '[' && json.skipSpace(json.skipValue(start)) == text.length;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    /**
     * The elements of a JSON array, each as its bytes.
     *
     * @throws MalformedJsonException if it is not one JSON array
     */
    public static List<byte[]> elements(byte[] text) {
        JsonScanner json = new JsonScanner(text, text.length);
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
