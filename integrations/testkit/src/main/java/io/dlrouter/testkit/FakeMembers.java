package io.dlrouter.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonValue;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The top-level members of a JSON object in a test, such as an engine's prefill response. Immutable.
 *
 * @param json JSON text by member name
 */
public record FakeMembers(Map<String, String> json) implements JsonMembers {

    /** Copies the map. */
    public FakeMembers {
        json = Map.copyOf(json);
    }

    /** Members of alternating names and JSON texts. */
    public static FakeMembers of(String... namesAndJson) {
        if (namesAndJson.length % 2 != 0) {
            throw new IllegalArgumentException("names and JSON texts: " + namesAndJson.length + " (expected: pairs)");
        }
        Map<String, String> members = new HashMap<>();
        for (int i = 0; i < namesAndJson.length; i += 2) {
            members.put(namesAndJson[i], namesAndJson[i + 1]);
        }
        return new FakeMembers(members);
    }

    /** These members with another one, which replaces one of the same name. */
    public FakeMembers with(String name, String text) {
        Map<String, String> members = new HashMap<>(json);
        members.put(name, text);
        return new FakeMembers(members);
    }

    /** These members without one. */
    public FakeMembers without(String name) {
        Map<String, String> members = new HashMap<>(json);
        members.remove(name);
        return new FakeMembers(members);
    }

    @Override
    public Optional<JsonValue> member(String name) {
        return Optional.ofNullable(json.get(name))
                .map(text -> text.getBytes(UTF_8))
                .map(text -> JsonValue.view(text, 0, text.length));
    }
}
