package io.dlrouter.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.JsonScanner;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"x\":1,\"a\":2,\"b\":3}   | {\"a\":2,\"b\":3}",
                "{\"a\":2,\"x\":1,\"b\":3}   | {\"a\":2,\"b\":3}",
                "{\"a\":2,\"b\":3,\"x\":1}   | {\"a\":2,\"b\":3}",
                "{\"x\":1,\"y\":2,\"a\":3}   | {\"a\":3}",
                "{\"a\":3,\"x\":1,\"y\":2}   | {\"a\":3}",
                "{\"x\":1,\"a\":3,\"y\":2}   | {\"a\":3}",
                "{\"x\":1,\"a\":3,\"x\":2}   | {\"a\":3}",
                "{\"x\":1,\"y\":2}           | {}",
                "{ \"a\" : 1 , \"x\" : 2 }   | { \"a\" : 1 }",
                "{\"x\":[{\"a\":1},\"}\"],\"a\":16.0} | {\"a\":16.0}",
                "{\"a\":{\"x\":1},\"x\":{}}  | {\"a\":{\"x\":1}}",
            })
    void without_membersAtAnyPlace_cutsThemWithTheirCommas(String text, String kept) {
        assertThat(without(text, "x", "y")).isEqualTo(kept);
    }

    @Test
    void without_whiteSpaceEverywhere_keepsThatOfOtherMembers() {
        assertThat(without("\t{ \r\n\"a\"\t:\n 1 ,\n\"x\" : [ 1 , 2 ] ,\n  \"b\" :\t{ } } \n", "x"))
                .isEqualTo("\t{ \r\n\"a\"\t:\n 1 ,\n\"b\" :\t{ } } \n");
    }

    @Test
    void without_nameWrittenWithEscapes_cutsItToo() {
        assertThat(without("{\"kv_transfer_p\\u0061rams\":{},\"a\":1}", "kv_transfer_params"))
                .isEqualTo("{\"a\":1}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " { } ", "{\"a\":1}", "{\"a\":{\"x\":1}}", "{\"X\":1,\"xx\":\"x\"}"})
    void without_nothingToCut_isTheVeryArray(String text) {
        byte[] bytes = text.getBytes(UTF_8);

        assertThat(JsonObject.read(bytes).edited(BodyEdit.NONE.removing("x"))).isSameAs(bytes);
    }

    @Test
    void value_severalOfOneName_isTheLast() {
        JsonObject object = read("{\"a\":1,\"b\":2,\"a\":3}");

        assertThat(object.count("a")).isEqualTo(2);
        assertThat(object.member("a").map(JsonValue::text)).hasValue("3");
    }

    @Test
    void value_ofAnyMember_isReadOnly() {
        assertThat(read("{\"a\":1}").member("a"))
                .hasValueSatisfying(
                        value -> assertThat(value.bytes().isReadOnly()).isTrue());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"mod\\u0065l\":\"gpt\"}    | gpt",
                "{\"model\":\"g\\u0070t\"}    | gpt",
                "{\"model\":\"a\\\\b\\/c\"}   | a\\b/c",
                "{\"model\":\"größe 模型 😀\"} | größe 模型 😀",
                "{\"model\":\"\\ud83d\\ude00\"} | 😀",
            })
    void string_escapesAndUnicode_areRead(String text, String model) {
        assertThat(read(text).string("model")).hasValue(model);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":\"\\ud800\"}", "{\"a\":\"\\ude00\\ud83d\"}", "{\"\\ud800\":1}"})
    void read_loneSurrogateAsEscape_isLeftToTheEngine(String text) {
        assertThatCode(() -> read(text)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"model\":16}", "{\"model\":null}", "{\"model\":[\"a\"]}", "{}"})
    void string_somethingElse_isEmpty(String text) {
        assertThat(read(text).string("model")).isEmpty();
    }

    @Test
    void object_nested_isRead() {
        assertThat(read("{\"a\":{\"b\":\"c\"}}").object("a").flatMap(inner -> inner.string("b")))
                .hasValue("c");
        assertThat(read("{\"a\":[{\"b\":\"c\"}]}").object("a")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "1",
                "\"a\"",
                "[]",
                "[{}]",
                "{\"a\":1}x",
                "{}{}",
                "{},",
                "{\"a\":1,}",
                "{,\"a\":1}",
                "{\"a\":1 \"b\":2}",
                "{\"a\" 1}",
                "{\"a\":}",
                "{\"a\"}",
                "{a:1}",
                "{'a':1}",
                "{1:1}",
                "{\"a\":[1,]}",
                "{\"a\":[,1]}",
                "{\"a\":[1 2]}",
                "{\"a\":[1}",
                "{\"a\":{]}",
                "{\"a\":{\"b\"}}",
                "{\"a\":[\"b\":1]}",
                "{\"a\":/*c*/1}",
                "{\"a\":1}\u0000",
                "\uFEFF\uFEFF{\"a\":1}",
                " \uFEFF{\"a\":1}",
            })
    void read_notOneObject_isMalformed(String text) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(MalformedJsonException.class);
    }

    @Test
    void read_byteOrderMark_isIgnoredAndKept() {
        JsonObject marked = read("\uFEFF{\"a\":1,\"b\":2}");

        assertThat(marked.text("a")).hasValue("1");
        assertThat(new String(marked.edited(BodyEdit.NONE.removing("a")), UTF_8))
                .isEqualTo("\uFEFF{\"b\":2}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\x", "\\'", "\\u12", "\\u12g4", "\\U0041", "\\\u00e9", "\\\n"})
    void read_escapeThatJsonDoesNotHave_isMalformedInNameAndValue(String escape) {
        assertThatThrownBy(() -> read("{\"" + escape + "\":1}")).isInstanceOf(MalformedJsonException.class);
        assertThatThrownBy(() -> read("{\"a\":\"" + escape + "\"}")).isInstanceOf(MalformedJsonException.class);
        assertThatThrownBy(() -> read("{\"a\":[{\"b\":\"" + escape + "\"}]}"))
                .isInstanceOf(MalformedJsonException.class);
    }

    @Test
    void read_truncatedAnywhere_isMalformed() {
        byte[] text =
                " {\"a\\u0041\\n\":[1,{\"b\":\"é😀\\\"\"},[],{}],\"c\":-1.5e+3,\"d\":{\"e\":null}}".getBytes(UTF_8);

        assertThatCode(() -> JsonObject.read(text)).doesNotThrowAnyException();
        for (int length = 0; length < text.length; length++) {
            byte[] cut = Arrays.copyOf(text, length);
            assertThatThrownBy(() -> JsonObject.read(cut))
                    .as("the first %d bytes", length)
                    .isInstanceOf(MalformedJsonException.class);
        }
    }

    @Test
    void read_tenThousandLevels_isMalformed() {
        assertThatThrownBy(() -> read(nested(10_000)))
                .isInstanceOf(MalformedJsonException.class)
                .hasMessageContaining("512 levels");
        assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(10_000))).isInstanceOf(MalformedJsonException.class);
    }

    @Test
    void read_asDeepAsAllowed_isRead() {
        assertThatCode(() -> read(nested(JsonScanner.MAX_DEPTH))).doesNotThrowAnyException();
        assertThatThrownBy(() -> read(nested(JsonScanner.MAX_DEPTH + 1))).isInstanceOf(MalformedJsonException.class);
    }

    /** A member whose value is as many arrays and objects in each other, mixed so that each bracket has to match. */
    private static String nested(int levels) {
        StringBuilder text = new StringBuilder("{\"a\":");
        StringBuilder closing = new StringBuilder();
        for (int level = 0; level < levels; level++) {
            boolean object = level % 3 == 1;
            text.append(object ? "{\"b\":" : "[");
            closing.append(object ? '}' : ']');
        }
        return text.append('1').append(closing.reverse()).append('}').toString();
    }

    @Test
    void read_malformed_saysWhereAndNotWhat() {
        assertThatThrownBy(() -> read("{\"a\":\"secret\" \"b\":1}"))
                .hasMessage("',' is missing (at byte 14)")
                .hasNoCause();
    }

    private static JsonObject read(String text) {
        return JsonObject.read(text.getBytes(UTF_8));
    }

    private static String without(String text, String... names) {
        return new String(read(text).edited(new BodyEdit(Set.of(names), Map.of())), UTF_8);
    }
}
