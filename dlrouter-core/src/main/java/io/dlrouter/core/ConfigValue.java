package io.dlrouter.core;

import io.dlrouter.NodeAddress;
import io.dlrouter.spi.BackendOption;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An option and its value as text. Values have the same forms on a command line and in a service's configuration. Each
 * method that reads a value throws an {@link IllegalArgumentException} that names the option, its value and the
 * expectation. Immutable.
 *
 * @param name as on the command line, without the leading dashes
 * @param value without surrounding blanks
 */
public record ConfigValue(String name, String value) {
    /** The longest time: in milliseconds it fits into an {@code int}. */
    static final Duration LONGEST = Duration.ofDays(24);

    private static final String TIME = "in seconds or such as 500ms, 60s, 30m";

    /** Removes surrounding blanks. */
    public ConfigValue {
        value = value.strip();
    }

    /** One of {@code true}, {@code yes}, {@code on}, {@code 1} and their opposites. */
    public boolean yesOrNo() {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes", "on" -> true;
            case "false", "0", "no", "off" -> false;
            default -> throw invalid("true or false");
        };
    }

    /**
     * A whole number of at most nine digits.
     *
     * @param expectation what the number has to be, for the error message
     */
    public int whole(int least, int most, String expectation) {
        if (value.matches("\\d{1,9}")) {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw invalid(expectation);
    }

    /** A whole number; 0 means no limit. */
    public int limit() {
        return whole(0, Integer.MAX_VALUE, "a whole number, 0 or more");
    }

    /** A whole number of at least 1. */
    public int count() {
        return whole(1, Integer.MAX_VALUE, "a whole number above 0");
    }

    /** A time above 0 and of at most 24 days, such as {@code 500ms}; in seconds without a unit. */
    public Duration time() {
        return asTime().filter(time -> !time.isZero()).orElseThrow(() -> invalid("a time above 0, " + TIME));
    }

    /** The same; 0 is allowed. */
    public Duration grace() {
        return asTime().orElseThrow(() -> invalid("a time " + TIME));
    }

    private Optional<Duration> asTime() {
        Optional<Duration> time = Quantity.parse(value).flatMap(Quantity::time);
        if (time.isPresent() && time.get().compareTo(LONGEST) > 0) {
            throw invalid("at most " + LONGEST.toHours() + "h, which is " + LONGEST.toDays() + " days");
        }
        return time;
    }

    /** A number of bytes that fits into an array, such as {@code 64MiB}. */
    public int size() {
        return Quantity.parse(value)
                .flatMap(Quantity::bytes)
                .filter(bytes -> bytes >= 1 && bytes <= Integer.MAX_VALUE - 8)
                .orElseThrow(() -> invalid("bytes, or a size such as 64MiB, below 2GiB"))
                .intValue();
    }

    /** The parts between commas; empty if the value is empty. */
    public List<String> list() {
        return each().map(ConfigValue::value).toList();
    }

    /** The same, as values. */
    Stream<ConfigValue> each() {
        return value.isEmpty()
                ? Stream.empty()
                : Stream.of(value.split(",", -1)).map(part -> new ConfigValue(name, part));
    }

    /** A node, as {@link NodeAddress#parse} reads it. */
    NodeAddress address() {
        try {
            return NodeAddress.parse(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()).replaceFirst("^url", name), e);
        }
    }

    /** A path of this system. */
    Path path() {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw invalid("a path; " + e.getReason());
        }
    }

    /** The value in the form in which the provider that declares the option receives it. */
    String read(BackendOption option) {
        return switch (option.form()) {
            case TEXT, LIST -> option.read(value);
            case TIME -> option.read(BigDecimal.valueOf(time().toMillis(), 3).toPlainString());
            case FLAG -> option.read(Boolean.toString(yesOrNo()));
        };
    }

    IllegalArgumentException invalid(String expectation) {
        return new IllegalArgumentException(name + ": " + value + " (expected: " + expectation + ")");
    }
}
