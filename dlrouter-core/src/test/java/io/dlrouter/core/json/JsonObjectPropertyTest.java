package io.dlrouter.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.regex.Matcher.quoteReplacement;
import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.moshi.JsonDataException;
import io.dlrouter.core.json.ObjectTexts.ObjectText;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import okio.Buffer;

class JsonObjectPropertyTest {
    private static final Pattern STRING_OR_SCALAR =
            Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"?|[0-9a-zA-Z+.-]+", Pattern.DOTALL);
    private static final Pattern ESCAPE = Pattern.compile("\\\\.", Pattern.DOTALL);

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void without_someOfItsMembers_keepsTheOthersVerbatim(
            @ForAll("objects") ObjectText object, @ForAll Set<Integer> picks) {
        Set<String> names = object.names(picks);

        String left = new String(JsonObject.read(object.bytes()).edited(new BodyEdit(names, Map.of())), UTF_8);

        assertThat(left).startsWith(object.before()).endsWith(object.after());
        assertThat(punctuationAround(object.membersWithout(names), left)).matches("\\s*\\{\\s*(,\\s*)*}\\s*");
    }

    /** What is left of a text after these parts of it, which must stand there in this order. */
    private static String punctuationAround(List<String> parts, String text) {
        StringBuilder rest = new StringBuilder();
        int from = 0;
        for (String part : parts) {
            int found = text.indexOf(part, from);
            assertThat(found).as("place of %s in %s", part, text).isNotNegative();
            rest.append(text, from, found);
            from = found + part.length();
        }
        return rest.append(text, from, text.length()).toString();
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void without_someOfItsMembers_isTheSameMapLessThose(
            @ForAll("objects") ObjectText object, @ForAll Set<Integer> picks) throws IOException {
        Set<String> names = object.names(picks);
        Map<String, Object> expected = ParsedJson.object(object.bytes());
        expected.keySet().removeAll(names);

        assertThat(ParsedJson.object(JsonObject.read(object.bytes()).edited(new BodyEdit(names, Map.of()))))
                .isEqualTo(expected);
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void without_noneOfItsMembers_isTheVeryArray(@ForAll("objects") ObjectText object) {
        byte[] text = object.bytes();

        assertThat(JsonObject.read(text).edited(BodyEdit.NONE.removing("no such member")))
                .isSameAs(text);
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void value_ofEachMember_isItsTextAsItStands(@ForAll("objects") ObjectText object) {
        JsonObject read = JsonObject.read(object.bytes());

        assertThat(object.members())
                .allSatisfy(member -> assertThat(read.member(member.name()).map(JsonValue::text))
                        .hasValue(member.value()));
    }

    /** Structure, escapes and UTF-8 are checked as strictly as Moshi does; how a scalar is spelled is not. */
    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void read_changedText_isValidWhenMoshiAndUtf8SaySo(
            @ForAll("objects") ObjectText object, @ForAll("changes") List<Change> changes) {
        byte[] text = object.bytes();
        for (Change change : changes) {
            text = change.applyTo(text);
        }

        assertThat(isRead(text))
                .as("%s", new String(text, UTF_8))
                .isEqualTo(isUtf8(text) && isValid(withoutScalars(text)));
    }

    @Provide
    Arbitrary<ObjectText> objects() {
        return ObjectTexts.objects();
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<Byte> structural = Arbitraries.of(
                (byte) '{',
                (byte) '}',
                (byte) '[',
                (byte) ']',
                (byte) ',',
                (byte) ':',
                (byte) '"',
                (byte) '\\',
                (byte) ' ',
                (byte) '1');
        Arbitrary<Byte> letters = Arbitraries.oneOf(structural, Arbitraries.bytes());
        return Combinators.combine(
                        Arbitraries.of(Change.Kind.class), Arbitraries.doubles().between(0, 1), letters)
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
            Buffer changed = new Buffer().write(text, 0, index);
            if (kind != Kind.REMOVE) {
                changed.writeByte(letter);
            }
            return changed.write(text, index + skipped, text.length - index - skipped)
                    .readByteArray();
        }
    }

    private static boolean isRead(byte[] text) {
        try {
            JsonObject.read(text);
            return true;
        } catch (MalformedJsonException e) {
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

    private static byte[] withoutScalars(byte[] text) {
        return STRING_OR_SCALAR
                .matcher(new String(text, UTF_8))
                .replaceAll(found -> found.group().startsWith("\"") ? quoteReplacement(strict(found.group())) : "0")
                .getBytes(UTF_8);
    }

    /** Moshi reads two escapes more than JSON has: of the apostrophe and of the end of a line. */
    private static String strict(String string) {
        return ESCAPE.matcher(string)
                .replaceAll(found -> quoteReplacement(found.group().matches("\\\\['\n]") ? "\\x" : found.group()));
    }

    private static boolean isValid(byte[] text) {
        try {
            ParsedJson.object(text);
            return true;
        } catch (IOException | JsonDataException e) {
            return false;
        }
    }
}
