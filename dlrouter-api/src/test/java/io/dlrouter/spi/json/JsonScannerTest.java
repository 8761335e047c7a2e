package io.dlrouter.spi.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
    /** Letters that are inside, at the edge of and outside what may follow in a character of several bytes. */
    private static final int[] FOLLOWING = {'a', 0x7F, 0x80, 0xBF, 0xC0};

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "80", // a following byte alone
                "BF",
                "C0 80", // overlong
                "C0 AF",
                "C1 BF",
                "E0 80 80",
                "E0 9F BF",
                "F0 80 80 80",
                "F0 8F BF BF",
                "ED A0 80", // a surrogate
                "ED BF BF",
                "F4 90 80 80", // above U+10FFFF
                "F5 80 80 80",
                "FF",
                "FE",
                "C2 41", // cut off
                "E2 82 41",
                "F0 9F 98 41",
                "E2 41 80",
                "F0 41 80 80",
                "F8 88 80 80 80", // the forms of five and six bytes of long ago
                "FC 84 80 80 80 80",
            })
    void skipString_notUtf8_isMalformed(String hex) {
        byte[] letters = HexFormat.ofDelimiter(" ").parseHex(hex);

        for (int distance = 0; distance < 9; distance++) {
            byte[] text = string("x".repeat(distance).getBytes(UTF_8), letters);
            assertThatThrownBy(() -> new JsonScanner(text, text.length).skipString(0))
                    .isInstanceOf(MalformedJsonException.class)
                    .hasMessage("it is not UTF-8 (at byte %d)", 1 + distance);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFF", "\uD800\uDC00", "\uDBFF\uDFFF"})
    void skipString_firstAndLastOfEachLength_isSkipped(String letter) {
        for (int distance = 0; distance < 9; distance++) {
            byte[] text = string("x".repeat(distance).getBytes(UTF_8), letter.getBytes(UTF_8));

            assertThat(new JsonScanner(text, text.length).skipString(0)).isEqualTo(text.length);
        }
    }

    @Test
    void skipString_allPairsOfBytesAndWhatMayFollow_agreesWithTheDecoder() {
        byte[] letters = new byte[4];
        CharsetDecoder decoder = UTF_8.newDecoder();
        for (int lead = 0x80; lead <= 0xFF; lead++) {
            for (int second = 0; second <= 0xFF; second++) {
                if (second != '"' && second != '\\') {
                    letters[0] = (byte) lead;
                    letters[1] = (byte) second;
                    assertAllEndingsAgree(letters, decoder);
                }
            }
        }
    }

    private static void assertAllEndingsAgree(byte[] letters, CharsetDecoder decoder) {
        CharBuffer decoded = CharBuffer.allocate(letters.length);
        for (int third : FOLLOWING) {
            for (int fourth : FOLLOWING) {
                letters[2] = (byte) third;
                letters[3] = (byte) fourth;
                decoder.reset();
                boolean valid = !decoder.decode(ByteBuffer.wrap(letters), decoded.clear(), true)
                        .isError();
                if (isSkipped(string(new byte[0], letters)) != valid) {
                    throw new AssertionError(HexFormat.of().formatHex(letters) + " (expected: valid is " + valid + ")");
                }
            }
        }
    }

    private static boolean isSkipped(byte[] text) {
        try {
            return new JsonScanner(text, text.length).skipString(0) == text.length;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    @Test
    void skipString_quoteOrBackslashAtAnyPlaceOfAWord_isSeen() {
        for (int before = 0; before < 17; before++) {
            for (int after = 0; after < 17; after++) {
                String content = "x".repeat(before) + "\\\"" + "y".repeat(after);
                byte[] text = ("\"" + content + "\"tail\"").getBytes(UTF_8);

                assertThat(new JsonScanner(text, text.length).skipString(0)).isEqualTo(content.length() + 2);
            }
        }
    }

    @Test
    void skipString_everyOtherByteOfAscii_isSkipped() {
        for (char letter = 0; letter < 0x80; letter++) {
            if (letter != '"' && letter != '\\') {
                byte[] text = ("\"" + String.valueOf(letter).repeat(11) + "\"").getBytes(UTF_8);

                assertThat(new JsonScanner(text, text.length).skipString(0))
                        .as("letter %d", (int) letter)
                        .isEqualTo(13);
            }
        }
    }

    @Test
    void at_behindTheEndThatWasGiven_isNothing() {
        byte[] text = "{}x".getBytes(UTF_8);

        assertThat(new JsonScanner(text, 2).at(2)).isZero();
        assertThat(new JsonScanner(text, 3).at(2)).isEqualTo((byte) 'x');
    }

    private static byte[] string(byte[] before, byte[] letters) {
        return ByteBuffer.allocate(before.length + letters.length + 2)
                .put((byte) '"')
                .put(before)
                .put(letters)
                .put((byte) '"')
                .array();
    }
}
