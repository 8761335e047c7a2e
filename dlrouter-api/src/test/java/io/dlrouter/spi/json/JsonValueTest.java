package io.dlrouter.spi.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.spi.json.JsonValue.Kind;
import io.dlrouter.spi.json.JsonValue.Member;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}        | OBJECT",
                "[]        | ARRAY",
                "\"\"      | STRING",
                "0         | NUMBER",
                "-0        | NUMBER",
                "10.50     | NUMBER",
                "1e5       | NUMBER",
                "1E+5      | NUMBER",
                "-0.1e-05  | NUMBER",
                "true      | BOOLEAN",
                "false     | BOOLEAN",
                "null      | NULL",
            })
    void parse_eachKind_isThatKind(String text, Kind kind) {
        assertThat(JsonValue.parse(text).kind()).isEqualTo(kind);
    }

    @Test
    void parse_whiteSpaceAround_isNoPartOfTheText() {
        assertThat(JsonValue.parse(" \t\r\n[ 1 ]\n").text()).isEqualTo("[ 1 ]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``          | 0",
                "` `         | 1",
                "[1          | 2",
                "{\"a\"}     | 4",
                "{\"a\":}    | 5",
                "{\"a\":1,}  | 7",
                "{a:1}       | 1",
                "[1,]        | 3",
                "[1 2]       | 3",
                "[}          | 1",
                "{} {}       | 3",
                "\"a         | 2",
                "\"\\x\"     | 1",
                "\"\\u12g4\" | 1",
                "01          | 0",
                "-           | 0",
                "+1          | 0",
                "1.          | 0",
                ".5          | 0",
                "1e          | 0",
                "1e+         | 0",
                "0x1         | 0",
                "NaN         | 0",
                "[Infinity]  | 1",
                "True        | 0",
                "nul         | 0",
                "'a'         | 0",
            })
    void parse_malformed_isRefusedWithItsOffset(String text, int offset) {
        assertThatExceptionOfType(MalformedJsonException.class)
                .isThrownBy(() -> JsonValue.parse(text))
                .withMessageEndingWith(" (at byte " + offset + ")")
                .satisfies(refused -> assertThat(refused.offset()).isEqualTo(offset));
    }

    @Test
    void parse_controlCharacterInAString_isRefused() {
        for (char letter = 0; letter < ' '; letter++) {
            String text = "{\"a\":\"xxxxxxxxxxx" + letter + "\"}";
            assertThatExceptionOfType(MalformedJsonException.class)
                    .isThrownBy(() -> JsonValue.parse(text))
                    .withMessage("a string has a control character (at byte 17)");
        }
    }

    @Test
    void parse_byteOrderMark_isRefused() {
        assertThatExceptionOfType(MalformedJsonException.class)
                .isThrownBy(() -> JsonValue.parse("\uFEFF{}"))
                .satisfies(refused -> assertThat(refused.offset()).isZero());
    }

    @Test
    void parse_notUtf8_isRefused() {
        byte[] text = {'"', (byte) 0xC0, (byte) 0x80, '"'};

        assertThatExceptionOfType(MalformedJsonException.class).isThrownBy(() -> JsonValue.parse(text));
    }

    @Test
    void parse_deepestNesting_isReadAndOneLevelMoreIsRefused() {
        int depth = JsonScanner.MAX_DEPTH;

        assertThat(JsonValue.parse("[".repeat(depth) + "]".repeat(depth)).length())
                .isEqualTo(2 * depth);
        assertThatExceptionOfType(MalformedJsonException.class)
                .isThrownBy(() -> JsonValue.parse("[".repeat(depth + 1) + "]".repeat(depth + 1)))
                .withMessageContaining("nested deeper than 512 levels");
        assertThatExceptionOfType(MalformedJsonException.class)
                .isThrownBy(() -> JsonValue.parse("{\"a\":".repeat(1_000_000)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"größe 模型 😀\"             | größe 模型 😀",
                "\"\\\"\\\\\\/\"              | \"\\/",
                "\"gr\\u00F6\\u00dfe 模\\u578b\" | größe 模型",
                "\"\\ud83d\\ude00!\"          | 😀!",
                "\"\"                         | ``",
            })
    void string_escapes_areResolved(String text, String meaning) {
        assertThat(JsonValue.parse(text).string()).hasValue(meaning);
    }

    @Test
    void string_namedEscapesAndLoneSurrogates_areTheirCharacters() {
        assertThat(JsonValue.parse("\"\\b\\f\\n\\r\\t\\u0000\\ud83d \\ude00\"").string())
                .hasValue("\b\f\n\r\t\0\ud83d \ude00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[\"a\"]", "1", "true", "null"})
    void string_otherKind_isEmpty(String text) {
        assertThat(JsonValue.parse(text).string()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-0, 0", "-7, -7", "9223372036854775807, 9223372036854775807"})
    void integer_writtenAsOne_isItsValue(String text, long value) {
        assertThat(JsonValue.parse(text).integer()).hasValue(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "1.0", "1e2", "\"1\"", "[1]", "true", "99999999999999999999999"})
    void integer_anythingElse_isEmpty(String text) {
        assertThat(JsonValue.parse(text).integer()).isEmpty();
    }

    @Test
    void number_anySpelling_isExact() {
        assertThat(JsonValue.parse("18446744073709551616").number()).hasValue(new BigDecimal("18446744073709551616"));
        assertThat(JsonValue.parse("1.50e-3").number()).hasValue(new BigDecimal("0.00150"));
    }

    @Test
    void number_tooLongToRead_isEmpty() {
        assertThat(JsonValue.parse("9".repeat(1_000)).number()).isPresent();
        assertThat(JsonValue.parse("9".repeat(1_001)).number()).isEmpty();
        assertThat(JsonValue.parse("1e99999999999").number()).isEmpty();
        assertThat(JsonValue.parse("\"1\"").number()).isEmpty();
    }

    @Test
    void bool_truth_isItsValueAndOfAnythingElseEmpty() {
        assertThat(JsonValue.parse("true").bool()).hasValue(true);
        assertThat(JsonValue.parse("false").bool()).hasValue(false);
        assertThat(JsonValue.parse("\"true\"").bool()).isEmpty();
    }

    @Test
    void elements_anyValues_areAsTheyWereWritten() {
        String array = "[ 18446744073709551615,1.0 ,1e2, -0,\"\\u00e9\\/ä,]\", { \"a\" : [ 1 ] } ,null,true]";

        assertThat(JsonValue.parse(array).elements().map(JsonValue::text))
                .containsExactly(
                        "18446744073709551615",
                        "1.0",
                        "1e2",
                        "-0",
                        "\"\\u00e9\\/ä,]\"",
                        "{ \"a\" : [ 1 ] }",
                        "null",
                        "true");
    }

    @Test
    void elements_emptyArrayOrOtherKind_areNone() {
        for (String text : List.of("[]", "[ \n]", "{\"a\":1}", "1", "\"[1]\"")) {
            assertThat(JsonValue.parse(text).elements()).as(text).isEmpty();
        }
    }

    @Test
    void members_ofAnObject_areInOrderAndDuplicatesStay() {
        List<String> members = new ArrayList<>();

        JsonValue.parse("{\"a\": 140737488355328001 ,\"\\u0062\":[ ] , \"a\":2}")
                .members()
                .forEach(member ->
                        members.add(member.name() + "=" + member.value().text()));

        assertThat(members).containsExactly("a=140737488355328001", "b=[ ]", "a=2");
    }

    @Test
    void members_emptyObjectOrOtherKind_areNone() {
        for (String text : List.of("{}", "{ \n}", "[{}]", "null")) {
            assertThat(JsonValue.parse(text).members().map(Member::name))
                    .as(text)
                    .isEmpty();
        }
    }

    @Test
    void member_severalOfOneName_isTheLast() {
        JsonValue object = JsonValue.parse("{\"a\":1,\"b\":2,\"\\u0061\":3}");

        assertThat(object.member("a").map(JsonValue::text)).hasValue("3");
        assertThat(object.member("c")).isEmpty();
        assertThat(JsonValue.parse("[]").member("a")).isEmpty();
    }

    @Test
    void view_withinALongerText_endsWhereItDoes() {
        byte[] text = "{\"a\":[1,2],\"b\":[3]}".getBytes(UTF_8);
        JsonValue view = JsonValue.view(text, 5, 10);

        assertThat(view.text()).isEqualTo("[1,2]");
        assertThat(view.elements().map(JsonValue::text)).containsExactly("1", "2");
        assertThat(view.bytes().isReadOnly()).isTrue();
        assertThat(UTF_8.decode(view.bytes()).toString()).isEqualTo("[1,2]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "1x", "-", "01", "tru", "True", "nul", "+1"})
    void kind_scalarThatTheEngineIsToJudge_isOther(String text) {
        JsonValue value = JsonValue.view(text.getBytes(UTF_8), 0, text.length());

        assertThat(value.kind()).isEqualTo(Kind.OTHER);
        assertThat(value.number()).isEmpty();
        assertThat(value.integer()).isEmpty();
        assertThat(value.bool()).isEmpty();
        assertThat(value.isNull()).isFalse();
    }

    @Test
    void beginning_longText_isCut() {
        JsonValue value = JsonValue.parse("\"abcdef\"");

        assertThat(value.beginning(3)).isEqualTo("\"ab");
        assertThat(value.beginning(100)).isEqualTo("\"abcdef\"");
    }

    @Test
    void toString_anyValue_showsNothingOfIt() {
        assertThat(JsonValue.parse("\"secret\"")).hasToString("STRING of 8 bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a\"b\\c/       | \"a\\\"b\\\\c/\"",
                "größe 模型 😀   | \"größe 模型 😀\"",
            })
    void quote_text_isEscapedWhereItMustBe(String text, String quoted) {
        assertThat(JsonValue.quote(text)).isEqualTo(quoted);
    }

    @Test
    void quote_controlCharactersAndLoneSurrogates_areEscaped() {
        assertThat(JsonValue.quote("\b\f\n\r\t\0\u001f\ud83d \ude00"))
                .isEqualTo("\"\\b\\f\\n\\r\\t\\u0000\\u001f\\ud83d \\ude00\"");
    }
}
