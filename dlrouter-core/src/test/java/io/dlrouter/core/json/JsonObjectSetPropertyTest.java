package io.dlrouter.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.json.ObjectTexts.ObjectText;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.JsonValue;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for all objects when members are set, be they there or not, while others are removed. */
class JsonObjectSetPropertyTest {

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void edited_anyObject_keepsEachUntouchedMemberAndTheirOrder(
            @ForAll("objects") ObjectText object,
            @ForAll Set<Integer> removed,
            @ForAll Set<Integer> replaced,
            @ForAll("values") Map<String, String> more) {
        Edit edit = Edit.of(object, removed, replaced, more);

        String text = edit.applied();

        assertThat(text).startsWith(object.before().stripTrailing()).endsWith(object.after());
        int from = 0;
        for (String member : object.membersWithout(edit.names())) {
            int place = text.indexOf(member, from);
            assertThat(place).as("place of %s in %s", member, text).isNotNegative();
            from = place + member.length();
        }
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void edited_anyObject_isTheSameMapWithThoseMembersSet(
            @ForAll("objects") ObjectText object,
            @ForAll Set<Integer> removed,
            @ForAll Set<Integer> replaced,
            @ForAll("values") Map<String, String> more)
            throws IOException {
        Edit edit = Edit.of(object, removed, replaced, more);
        Map<String, Object> expected = ParsedJson.object(object.bytes());
        expected.keySet().removeAll(edit.names());
        edit.set()
                .forEach((name, value) -> expected.put(
                        name, ParsedJson.object("{\"v\":" + value + "}").get("v")));

        assertThat(ParsedJson.object(edit.applied())).isEqualTo(expected);
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void edited_anyObject_hasTheSetValuesVerbatimAndOnce(
            @ForAll("objects") ObjectText object,
            @ForAll Set<Integer> removed,
            @ForAll Set<Integer> replaced,
            @ForAll("values") Map<String, String> more) {
        Edit edit = Edit.of(object, removed, replaced, more);

        JsonObject result = JsonObject.read(edit.applied().getBytes(UTF_8));

        assertThat(edit.set()).allSatisfy((name, value) -> {
            assertThat(result.count(name)).isOne();
            assertThat(result.member(name).map(JsonValue::text)).hasValue(value);
        });
    }

    /** Some members of an object removed, some replaced, and some that it may not have set. */
    private record Edit(ObjectText object, Set<String> removed, Map<String, String> set) {

        static Edit of(ObjectText object, Set<Integer> removed, Set<Integer> replaced, Map<String, String> more) {
            Map<String, String> set = new HashMap<>(more);
            object.names(replaced).stream().filter(Edit::isPlain).forEach(name -> set.put(name, "{\"r\": 16.0}"));
            return new Edit(object, object.names(removed), set);
        }

        /** A backend's own names of members need no escapes. */
        private static boolean isPlain(String name) {
            return name.chars().allMatch(letter -> letter >= ' ' && letter < 0xD800 && letter != '"' && letter != '\\');
        }

        Set<String> names() {
            Set<String> names = new HashSet<>(removed);
            names.addAll(set.keySet());
            return names;
        }

        String applied() {
            return new String(JsonObject.read(object.bytes()).edited(new BodyEdit(removed, set)), UTF_8);
        }
    }

    @Provide
    Arbitrary<ObjectText> objects() {
        return ObjectTexts.objects();
    }

    @Provide
    Arbitrary<Map<String, String>> values() {
        Arbitrary<String> names = Arbitraries.of("a", "b", "ab", "kv_transfer_params", "größe", "");
        Arbitrary<String> values =
                Arbitraries.of("null", "true", "16.0", "1e400", "\"\\u00e9😀\"", "[ 1 , 2 ]", "{ \"a\" : {} }", "{}");
        return Arbitraries.maps(names, values).ofMaxSize(4);
    }
}
