package io.dlrouter.backend.vllm;

/**
 * What a prompt that is an array is made of: token ids are one prompt, strings or arrays of token ids are one each.
 *
 * @param elements values that stand directly in it
 * @param ids numbers among them
 * @param nestedIds numbers in arrays in it
 */
record PromptArray(int elements, int ids, int nestedIds) {

    static PromptArray read(JsonValue array) {
        return new Scan(array).shape();
    }

    int prompts() {
        return elements == ids ? 1 : elements;
    }

    /** How many token ids it has in all; 0 if it is of strings. */
    int tokens() {
        return ids + nestedIds;
    }

    /** One walk over the text, from value to value. */
    private static final class Scan {
        private final JsonValue json;
        private int place;
        private int depth;
        private int elements;
        private int ids;
        private int nestedIds;

        Scan(JsonValue json) {
            this.json = json;
        }

        PromptArray shape() {
            while (place < json.length()) {
                step(json.at(place));
                place++;
            }
            return new PromptArray(elements, ids, nestedIds);
        }

        private void step(byte here) {
            switch (here) {
                case '[', '{' -> {
                    begin();
                    depth++;
                }
                case ']', '}' -> depth--;
                case ',', ':', ' ', '\t', '\r', '\n' -> {}
                case '"' -> {
                    begin();
                    skipString();
                }
                default -> {
                    begin();
                    countNumber(here);
                    skipScalar();
                }
            }
        }

        private void begin() {
            elements += depth == 1 ? 1 : 0;
        }

        private void countNumber(byte first) {
            boolean number = first == '-' || (first >= '0' && first <= '9');
            ids += number && depth == 1 ? 1 : 0;
            nestedIds += number && depth > 1 ? 1 : 0;
        }

        /** Stops at the closing quote. */
        private void skipString() {
            do {
                place += json.at(place) == '\\' ? 2 : 1;
            } while (place < json.length() && json.at(place) != '"');
        }

        /** Stops at the last byte of it. */
        private void skipScalar() {
            while (place + 1 < json.length() && ",]} \t\r\n".indexOf(json.at(place + 1)) < 0) {
                place++;
            }
        }
    }
}
