package io.dlrouter.spi;

import io.dlrouter.spi.json.JsonValue;
import java.util.Optional;

/** The top-level members of a JSON object, each as the text that stands there. */
public interface JsonMembers {

    /** The value of a member, not copied. Of several members of this name it is the last. */
    Optional<JsonValue> member(String name);

    /** The same, unless it is {@code null}, which engines take for no member. */
    default Optional<JsonValue> given(String name) {
        return member(name).filter(value -> !value.isNull());
    }
}
