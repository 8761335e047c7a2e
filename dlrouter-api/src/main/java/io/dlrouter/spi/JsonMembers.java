package io.dlrouter.spi;

import io.dlrouter.spi.json.JsonValue;
import java.util.Optional;

/** The top-level members of a JSON object, as their original text. */
public interface JsonMembers {

    /** The value of a member, not copied; the last one if several have this name. */
    Optional<JsonValue> member(String name);

    /** The same, unless it is {@code null}, which engines treat as absent. */
    default Optional<JsonValue> given(String name) {
        return member(name).filter(value -> !value.isNull());
    }
}
