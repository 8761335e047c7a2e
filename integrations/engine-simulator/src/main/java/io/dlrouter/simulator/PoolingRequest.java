package io.dlrouter.simulator;

import java.util.List;
import java.util.Optional;

/** What a request says that ends in numbers or token ids rather than in a generated text. */
record PoolingRequest(JsonBody body) {
    Optional<String> model() {
        return body.text("model");
    }

    /** How many elements the member has, a single one given without a list included. */
    int count(String member) {
        return body.any(member) instanceof List<?> list ? list.size() : 1;
    }

    /** Words of the prompt, one for a chat. */
    int words() {
        return body.text("prompt").map(text -> text.split("\\s+", -1).length).orElse(1);
    }
}
