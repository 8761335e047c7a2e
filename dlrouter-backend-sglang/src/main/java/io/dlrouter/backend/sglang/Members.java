package io.dlrouter.backend.sglang;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.spi.JsonMembers;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a request says that makes a difference to how it is split. A member that is null is none. */
record Members(JsonMembers body) {
    /** As many characters as the longest number that means something has. */
    private static final int MAX_LENGTH = 19;

    /**
     * Several prompts in one request.
     *
     * @param name of the member that they are the value of
     */
    record Prompts(String name, int count) {}

    boolean isTrue(String name) {
        return text(name).filter("true"::equals).isPresent();
    }

    /** Whether it is true, or true for one prompt of several in a list. */
    boolean isTrueForAny(String name) {
        return isTrue(name)
                || list(name).stream().anyMatch(value -> shortened(value).equals("true"));
    }

    /** Whether there is a value that asks for something. */
    boolean isSet(String name) {
        return text(name).filter(text -> !text.equals("false")).isPresent();
    }

    /** A short JSON text as it stands. A longer one is cut and shows it: to read it as a number might take hours. */
    Optional<String> text(String name) {
        return body.member(name).flatMap(Members::said);
    }

    private static Optional<String> said(ByteBuffer value) {
        return Optional.of(shortened(value)).filter(text -> !text.equals("null"));
    }

    private static String shortened(ByteBuffer value) {
        int length = Math.min(value.remaining(), MAX_LENGTH);
        String text = UTF_8.decode(value.slice(value.position(), length)).toString();
        return length < value.remaining() ? text + "…" : text;
    }

    /** A whole number, however it is written; empty if a text is none. */
    static OptionalLong whole(String text) {
        try {
            return OptionalLong.of(new BigDecimal(text).longValueExact());
        } catch (ArithmeticException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** What is between the quotes of a member that is a string. */
    Optional<String> string(String name) {
        return body.member(name)
                .filter(value -> first(value) == '"')
                .map(value -> UTF_8.decode(value).toString())
                .map(text -> text.substring(1, text.length() - 1));
    }

    /** What a member is in {@code sampling_params}, or in each of a list of them. */
    List<String> inSamplingParams(String name) {
        List<ByteBuffer> all = new ArrayList<>(list("sampling_params"));
        body.member("sampling_params").ifPresent(all::add);
        return all.stream()
                .filter(value -> first(value) == '{')
                .flatMap(params -> parts(params).stream())
                .filter(member -> JsonParts.nameOf(member).equals(name))
                .flatMap(member -> said(JsonParts.valueOf(member)).stream())
                .toList();
    }

    /** The prompts of a member, if it is a list of them: of numbers it is one prompt. */
    Optional<Prompts> prompts(String name) {
        return body.member(name)
                .filter(value -> first(value) == '[')
                .flatMap(Members::count)
                .map(count -> new Prompts(name, count));
    }

    /** How many values are in a list, none of which is a number. */
    private static Optional<Integer> count(ByteBuffer list) {
        JsonParts prompts = new JsonParts(list);
        int count = 0;
        for (var prompt = prompts.next(); prompt.isPresent(); prompt = prompts.next()) {
            if (isNumber(prompt.get())) {
                return Optional.empty();
            }
            count++;
        }
        return Optional.of(count);
    }

    private static boolean isNumber(ByteBuffer value) {
        return first(value) == '-' || Character.isDigit(first(value));
    }

    private List<ByteBuffer> list(String name) {
        return body.member(name)
                .filter(value -> first(value) == '[')
                .map(Members::parts)
                .orElse(List.of());
    }

    private static List<ByteBuffer> parts(ByteBuffer value) {
        JsonParts parts = new JsonParts(value);
        List<ByteBuffer> all = new ArrayList<>();
        for (var part = parts.next(); part.isPresent(); part = parts.next()) {
            all.add(part.get());
        }
        return all;
    }

    private static byte first(ByteBuffer value) {
        return value.get(value.position());
    }
}
