package io.dlrouter.spi.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** What holds for all texts, by the word of Jackson, which is as strict as RFC 8259. */
class JsonValuePropertyTest {
    private static final JsonFactory JACKSON = new JsonFactory();

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void parse_anyJson_hasTheTokensThatJacksonReads(@ForAll("values") String text) throws IOException {
        List<String> tokens = new ArrayList<>();

        addTokens(JsonValue.parse(text), tokens);

        assertThat(tokens).as(text).isEqualTo(jacksonTokens(text));
    }

    @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
    void parse_changedText_isRefusedWhenJacksonOrUtf8Refuses(
            @ForAll("values") String text, @ForAll("changes") List<Change> changes) throws IOException {
        byte[] changed = text.getBytes(UTF_8);
        for (Change change : changes) {
            changed = change.applyTo(changed);
        }

        assertThat(isParsed(changed))
                .as("%s", new String(changed, UTF_8))
                .isEqualTo(isUtf8(changed) && isReadByJackson(new String(changed, UTF_8)));
    }

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void bytes_ofEachPart_areAValueAgain(@ForAll("values") String text) {
        JsonValue value = JsonValue.parse(text);

        assertThat(value.elements().toList())
                .allSatisfy(element ->
                        assertThat(JsonValue.parse(element.text()).kind()).isEqualTo(element.kind()));
        assertThat(value.members().toList())
                .allSatisfy(member -> assertThat(value.member(member.name())).isPresent());
    }

    @Property
    void quote_anyText_isReadAsThatText(@ForAll String text) {
        assertThat(JsonValue.parse(JsonValue.quote(text)).string()).hasValue(text);
    }

    private static void addTokens(JsonValue value, List<String> tokens) {
        switch (value.kind()) {
            case OBJECT -> {
                tokens.add("{");
                value.members().forEach(member -> {
                    tokens.add("name " + member.name());
                    addTokens(member.value(), tokens);
                });
                tokens.add("}");
            }
            case ARRAY -> {
                tokens.add("[");
                value.elements().forEach(element -> addTokens(element, tokens));
                tokens.add("]");
            }
            case STRING -> tokens.add("string " + value.string().orElseThrow());
            case NUMBER -> tokens.add("number " + value.number().orElseThrow());
            case BOOLEAN -> tokens.add(value.bool().orElseThrow().toString());
            case NULL -> tokens.add("null");
            case OTHER -> tokens.add("other");
        }
    }

    private static List<String> jacksonTokens(String text) throws IOException {
        List<String> tokens = new ArrayList<>();
        try (JsonParser parser = JACKSON.createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                tokens.add(
                        switch (token) {
                            case FIELD_NAME -> "name " + parser.currentName();
                            case VALUE_STRING -> "string " + parser.getText();
                            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number " + new BigDecimal(parser.getText());
                            default -> parser.getText();
                        });
            }
        }
        return tokens;
    }

    private static boolean isParsed(byte[] text) {
        try {
            JsonValue.parse(text);
            return true;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    /** One value, with nothing behind it. */
    private static boolean isReadByJackson(String text) throws IOException {
        try (JsonParser parser = JACKSON.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            parser.getText();
            return parser.nextToken() == null;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static boolean isUtf8(byte[] text) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Provide
    Arbitrary<String> values() {
        return Combinators.combine(space(), value(3), space()).as((before, value, after) -> before + value + after);
    }

    private static Arbitrary<String> value(int levels) {
        Arbitrary<String> flat = Arbitraries.oneOf(scalar(), string());
        return levels == 0
                ? flat
                : Arbitraries.frequencyOf(
                        Tuple.of(2, flat),
                        Tuple.of(2, parts(value(levels - 1)).map(parts -> "[" + parts + "]")),
                        Tuple.of(2, parts(member(levels - 1)).map(parts -> "{" + parts + "}")));
    }

    private static Arbitrary<String> member(int levels) {
        return Combinators.combine(string(), space(), space(), value(levels))
                .as((name, before, after, value) -> name + before + ":" + after + value);
    }

    private static Arbitrary<String> parts(Arbitrary<String> part) {
        Arbitrary<String> spaced =
                Combinators.combine(space(), part, space()).as((before, text, after) -> before + text + after);
        return spaced.list().ofMaxSize(4).map(list -> String.join(",", list));
    }

    private static Arbitrary<String> scalar() {
        return Arbitraries.oneOf(
                Arbitraries.of("true", "false", "null", "0", "-0", "16.0", "1e400", "-1.5E-7", "18446744073709551616"),
                Arbitraries.longs().map(String::valueOf),
                Arbitraries.doubles().map(String::valueOf));
    }

    private static Arbitrary<String> string() {
        Arbitrary<String> letters = Arbitraries.of(
                "a", "b", "{", "]", ",", ":", " ", "é", "模", "😀", "\\\"", "\\\\", "\\/", "\\n", "\\u0041", "\\uD83D");
        return letters.list().ofMaxSize(12).map(list -> '"' + String.join("", list) + '"');
    }

    private static Arbitrary<String> space() {
        return Arbitraries.strings().withChars(" \t\r\n").ofMaxLength(2);
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<Byte> structural = Arbitraries.of('{', '}', '[', ']', ',', ':', '"', '\\', ' ', '1', '-', '.', 'e')
                .map(letter -> (byte) (char) letter);
        return Combinators.combine(
                        Arbitraries.of(Change.Kind.class),
                        Arbitraries.doubles().between(0, 1),
                        Arbitraries.oneOf(structural, Arbitraries.bytes()))
                .as(Change::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3);
    }

    /** A byte more, less or other at a place between the beginning (0) and the end (1). */
    record Change(Kind kind, double place, byte letter) {
        enum Kind {
            INSERT,
            REMOVE,
            REPLACE
        }

        byte[] applyTo(byte[] text) {
            int index = (int) (place * Math.max(0, text.length - 1));
            int skipped = kind == Kind.INSERT || text.length == 0 ? 0 : 1;
            ByteBuffer changed = ByteBuffer.allocate(text.length - skipped + (kind == Kind.REMOVE ? 0 : 1));
            changed.put(text, 0, index);
            if (kind != Kind.REMOVE) {
                changed.put(letter);
            }
            return changed.put(text, index + skipped, text.length - index - skipped)
                    .array();
        }
    }
}
