package io.dlrouter.backend.sglang;

import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

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
        return body.member(name).filter(value -> value.is("true")).isPresent();
    }

    /** Whether it is true, or true for one prompt of several in a list. */
    boolean isTrueForAny(String name) {
        return isTrue(name) || elements(name).anyMatch(value -> value.is("true"));
    }

    /** Whether there is a value that asks for something. */
    boolean isSet(String name) {
        return body.given(name).filter(value -> !value.is("false")).isPresent();
    }

    /** A short JSON text as it stands. A longer one is cut and shows it: to read it as a number might take hours. */
    Optional<String> text(String name) {
        return body.given(name).map(Members::shortened);
    }

    private static String shortened(JsonValue value) {
        return value.length() <= MAX_LENGTH ? value.text() : value.beginning(MAX_LENGTH) + "…";
    }

    /** A whole number, however it is written; empty if a text is none. */
    static OptionalLong whole(String text) {
        try {
            return OptionalLong.of(new BigDecimal(text).longValueExact());
        } catch (ArithmeticException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** What a member that is a string says. */
    Optional<String> string(String name) {
        return body.member(name).flatMap(JsonValue::string);
    }

    /** What a member is in {@code sampling_params}, or in each of a list of them. */
    List<String> inSamplingParams(String name) {
        return body.member("sampling_params").stream()
                .flatMap(params -> Stream.concat(params.elements(), Stream.of(params)))
                .flatMap(JsonValue::members)
                .filter(member -> member.name().equals(name) && !member.value().isNull())
                .map(member -> shortened(member.value()))
                .toList();
    }

    /** The prompts of a member, if it is a list of them: of numbers it is one prompt. */
    Optional<Prompts> prompts(String name) {
        return body.member(name)
                .filter(value -> value.kind() == Kind.ARRAY)
                .filter(list -> list.elements().noneMatch(prompt -> prompt.kind() == Kind.NUMBER))
                .map(list -> new Prompts(name, (int) list.elements().count()));
    }

    private Stream<JsonValue> elements(String name) {
        return body.member(name).stream().flatMap(JsonValue::elements);
    }
}
