package io.dlrouter.core.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Texts of JSON objects in all the ways in which they may be written. */
final class ObjectTexts {
    private ObjectTexts() {}

    /**
     * A member as it is written.
     *
     * @param name what its name means
     * @param written its name, quotes, escapes and white space included, up to the value
     * @param value its value
     */
    record Member(String name, String written, String value) {
        String text() {
            return written + value;
        }
    }

    /**
     * An object as it is written.
     *
     * @param before what stands before its first member
     * @param members no two of one name
     * @param separators what stands behind each member but the last
     * @param beforeEnd what stands before its closing brace
     * @param after what stands behind it
     */
    record ObjectText(String before, List<Member> members, List<String> separators, String beforeEnd, String after) {

        byte[] bytes() {
            return text().getBytes(UTF_8);
        }

        private String text() {
            StringBuilder text = new StringBuilder(before);
            for (int i = 0; i < members.size(); i++) {
                text.append(i == 0 ? "" : separators.get(i % separators.size()))
                        .append(members.get(i).text());
            }
            return text.append(beforeEnd).append('}').append(after).toString();
        }

        /** The names of the members that these numbers pick. */
        Set<String> names(Set<Integer> picks) {
            return members.isEmpty()
                    ? Set.of()
                    : picks.stream()
                            .map(pick -> members.get(Math.floorMod(pick, members.size()))
                                    .name())
                            .collect(Collectors.toSet());
        }

        List<String> membersWithout(Set<String> names) {
            return members.stream()
                    .filter(member -> !names.contains(member.name()))
                    .map(Member::text)
                    .toList();
        }
    }

    static Arbitrary<ObjectText> objects() {
        Arbitrary<List<Member>> members = member().list().ofMaxSize(6).uniqueElements(Member::name);
        return Combinators.combine(
                        space(),
                        space(),
                        members,
                        separator().list().ofMinSize(1).ofMaxSize(3),
                        space(),
                        space())
                .as((before, inside, all, separators, beforeEnd, after) ->
                        new ObjectText(before + "{" + inside, all, separators, beforeEnd, after));
    }

    private static Arbitrary<Member> member() {
        return Combinators.combine(letters().list().ofMaxSize(6), space(), space(), value(2))
                .as((name, beforeColon, afterColon, value) -> new Member(
                        name.stream().map(Letter::meaning).collect(Collectors.joining()),
                        quoted(name) + beforeColon + ":" + afterColon,
                        value));
    }

    private static Arbitrary<String> value(int levels) {
        Arbitrary<String> flat =
                Arbitraries.oneOf(scalar(), letters().list().ofMaxSize(8).map(ObjectTexts::quoted));
        return levels == 0
                ? flat
                : Arbitraries.frequencyOf(
                        Tuple.of(3, flat), Tuple.of(1, array(levels - 1)), Tuple.of(1, nested(levels - 1)));
    }

    private static Arbitrary<String> scalar() {
        return Arbitraries.of(
                "true",
                "false",
                "null",
                "0",
                "-0",
                "16",
                "16.0",
                "1e400",
                "-1.5E-7",
                "9223372036854775807",
                "18446744073709551616");
    }

    private static Arbitrary<String> array(int levels) {
        return Combinators.combine(space(), value(levels).list().ofMaxSize(3), separator(), space())
                .as((before, elements, separator, after) ->
                        "[" + before + String.join(separator, elements) + after + "]");
    }

    private static Arbitrary<String> nested(int levels) {
        Arbitrary<String> member = Combinators.combine(letters().list().ofMaxSize(4), space(), value(levels))
                .as((name, space, value) -> quoted(name) + space + ":" + value);
        return Combinators.combine(space(), member.list().ofMaxSize(3), separator(), space())
                .as((before, members, separator, after) ->
                        "{" + before + String.join(separator, members) + after + "}");
    }

    private static Arbitrary<String> separator() {
        return Combinators.combine(space(), space()).as((before, after) -> before + "," + after);
    }

    private static Arbitrary<String> space() {
        return Arbitraries.strings().withChars(" \t\r\n").ofMaxLength(3);
    }

    /** A letter of a string, and how it is written. */
    private record Letter(String meaning, String written) {}

    private static Arbitrary<Letter> letters() {
        Arbitrary<Letter> plain = Arbitraries.of("a", "b", "{", "}", "[", "]", ",", ":", " ", "é", "模", "😀", "\u2028")
                .map(letter -> new Letter(letter, letter));
        Arbitrary<Letter> escaped = Arbitraries.chars()
                .map(letter -> new Letter(letter.toString(), String.format("\\u%04x", (int) letter)));
        Arbitrary<Letter> named = Arbitraries.of(
                new Letter("\"", "\\\""),
                new Letter("\\", "\\\\"),
                new Letter("/", "\\/"),
                new Letter("\n", "\\n"),
                new Letter("\t", "\\t"));
        return Arbitraries.frequencyOf(Tuple.of(6, plain), Tuple.of(1, escaped), Tuple.of(1, named));
    }

    private static String quoted(List<Letter> letters) {
        return letters.stream().map(Letter::written).collect(Collectors.joining("", "\"", "\""));
    }
}
