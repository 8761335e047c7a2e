package io.dlrouter.core;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number with a unit, such as {@code 500ms} or {@code 64MiB}. */
record Quantity(BigDecimal number, String unit) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?) ?([a-z]*)");

    static Optional<Quantity> parse(String text) {
        Matcher form = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        return form.matches()
                ? Optional.of(new Quantity(new BigDecimal(form.group(1)), form.group(2)))
                : Optional.empty();
    }

    /** As a time, in seconds without a unit. Empty if the unit is not one of time. */
    Optional<Duration> time() {
        long millis = switch (unit) {
            case "ms" -> 1;
            case "", "s" -> 1_000;
            case "m" -> 60_000;
            case "h" -> 3_600_000;
            default -> 0;
        };
        return millis == 0
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(
                        number.multiply(BigDecimal.valueOf(millis)).longValue()));
    }

    /** As a number of bytes. Empty if the unit is not one of size. */
    Optional<Long> bytes() {
        long bytes = switch (unit) {
            case "", "b" -> 1;
            case "k", "kib" -> 1L << 10;
            case "m", "mib" -> 1L << 20;
            case "g", "gib" -> 1L << 30;
            case "kb" -> 1_000;
            case "mb" -> 1_000_000;
            case "gb" -> 1_000_000_000;
            default -> 0;
        };
        return bytes == 0
                ? Optional.empty()
                : Optional.of(number.multiply(BigDecimal.valueOf(bytes)).longValue());
    }
}
