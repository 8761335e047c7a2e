package io.dlrouter.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.spi.BodyEdit;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectSetTest {
    private static final BodyEdit X = BodyEdit.NONE.setting("x", "9");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                          | {\"x\":9}",
                "{\"a\":2}                   | {\"a\":2,\"x\":9}",
                "{\"x\":1}                   | {\"x\":9}",
                "{\"x\":1,\"a\":2,\"b\":3}   | {\"a\":2,\"b\":3,\"x\":9}",
                "{\"a\":2,\"x\":1,\"b\":3}   | {\"a\":2,\"b\":3,\"x\":9}",
                "{\"a\":2,\"b\":3,\"x\":1}   | {\"a\":2,\"b\":3,\"x\":9}",
                "{\"x\":1,\"a\":2,\"x\":3}   | {\"a\":2,\"x\":9}",
                "{\"a\":2,\"x\":1,\"x\":3}   | {\"a\":2,\"x\":9}",
                "{\"x\":1,\"x\":3}           | {\"x\":9}",
                "{\"\\u0078\":1,\"a\":2}     | {\"a\":2,\"x\":9}",
                "{\"a\":{\"x\":1}}           | {\"a\":{\"x\":1},\"x\":9}",
            })
    void edited_memberSet_standsOnceBehindTheOthers(String text, String expected) {
        assertThat(edited(text, X)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"y\":1}                   | {\"x\":9}",
                "{\"y\":1,\"x\":2}           | {\"x\":9}",
                "{\"y\":1,\"a\":2}           | {\"a\":2,\"x\":9}",
                "{\"a\":2,\"x\":1,\"y\":3}   | {\"a\":2,\"x\":9}",
                "{\"y\":1,\"a\":2,\"x\":3}   | {\"a\":2,\"x\":9}",
                "{ \"y\" : 1 , \"x\" : 2 }   | { \"x\":9 }",
            })
    void edited_oneMemberSetAndOneTakenOut_isBoth(String text, String expected) {
        assertThat(edited(text, X.removing("y"))).isEqualTo(expected);
    }

    @Test
    void edited_memberTakenOutAndSet_isSet() {
        assertThat(edited("{\"x\":1}", X.removing("x"))).isEqualTo("{\"x\":9}");
    }

    @Test
    void edited_whiteSpaceEverywhere_keepsThatOfOtherMembersAndAroundTheObject() {
        assertThat(edited("\t{ \r\n\"a\"\t:\n 1 ,\n\"x\" : [ 1 , 2 ] ,\n  \"b\" :\t{ } } \n", X))
                .isEqualTo("\t{ \r\n\"a\"\t:\n 1 ,\n\"b\" :\t{ },\"x\":9 } \n");
    }

    @Test
    void edited_emptyObjectWithWhiteSpace_keepsIt() {
        assertThat(edited("\n{ \t} \r\n", X)).isEqualTo("\n{\"x\":9 \t} \r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "16.0", "\"a\\u0041é😀\"", "{ \"a\" : [ 1 , 18446744073709551616 ] }", "[\n]"})
    void edited_anyValue_standsVerbatim(String value) {
        assertThat(edited("{\"a\":16.0}", BodyEdit.NONE.setting("x", value)))
                .isEqualTo("{\"a\":16.0,\"x\":" + value + "}");
    }

    @Test
    void edited_severalMembersSet_areAllThere() {
        BodyEdit edit = X.setting("y", "[8]").setting("a", "\"7\"");

        String text = edited("{\"a\":1,\"b\":16.0,\"y\":2}", edit);

        assertThat(text).startsWith("{\"b\":16.0,").contains("\"x\":9", "\"y\":[8]", "\"a\":\"7\"");
        assertThat(ParsedJson.object(text))
                .isEqualTo(ParsedJson.object("{\"b\":16.0,\"x\":9,\"y\":[8],\"a\":\"7\"}"))
                .hasSize(4);
    }

    @Test
    void edited_sameValueAsBefore_isTheSameObject() {
        assertThat(edited("{\"x\":9}", X)).isEqualTo("{\"x\":9}");
    }

    @Test
    void edited_twice_editsTheTextThatWasReadEachTime() {
        JsonObject object = JsonObject.read("{\"a\":1}".getBytes(UTF_8));

        assertThat(object.edited(X)).isEqualTo(object.edited(X));
        assertThat(object.edited(new BodyEdit(Set.of("a"), Map.of())))
                .asString()
                .isEqualTo("{}");
    }

    private static String edited(String text, BodyEdit edit) {
        return new String(JsonObject.read(text.getBytes(UTF_8)).edited(edit), UTF_8);
    }
}
