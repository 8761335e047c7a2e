package io.dlrouter.server;

import ch.qos.logback.classic.Level;
import io.dlrouter.NodeAddress;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the values of options are written. What is thrown for a bad one says in its message what is expected. */
final class OptionTypes {
    private OptionTypes() {}

    /** Teaches a command line the types that options have. */
    static CommandLine register(CommandLine commandLine) {
        return commandLine
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(String.class, String::strip)
                .registerConverter(boolean.class, OptionTypes::yesOrNo)
                .registerConverter(Level.class, OptionTypes::level)
                .registerConverter(NodeAddress.class, NodeAddress::parse)
                .registerConverter(AddressRange.class, text -> AddressRange.parse(text.strip()));
    }

    private static boolean yesOrNo(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes", "on" -> true;
            case "false", "0", "no", "off" -> false;
            default -> throw new TypeConversionException("true or false");
        };
    }

    private static Level level(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "trace" -> Level.TRACE;
            case "debug" -> Level.DEBUG;
            case "info" -> Level.INFO;
            case "warn", "warning" -> Level.WARN;
            case "error", "critical" -> Level.ERROR;
            default -> throw new TypeConversionException("trace, debug, info, warning or error");
        };
    }

    private static int number(String text, int least, int most, String expectation) {
        String digits = text.strip();
        if (digits.matches("\\d{1,9}")) {
            int number = Integer.parseInt(digits);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw new TypeConversionException(expectation);
    }

    /** A TCP port; 0 asks for any free one. */
    static final class Port implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 0, 65535, "a port, 0 to 65535");
        }
    }

    /** A whole number of at least 1. */
    static final class Count implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 1, Integer.MAX_VALUE, "a whole number above 0");
        }
    }

    /** How many data-parallel ranks an engine has: a thousand are more than any has. */
    static final class Ranks implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 1, 1024, "a whole number, 1 to 1024");
        }
    }

    /** A whole number; 0 stands for none. */
    static final class Limit implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return number(text, 0, Integer.MAX_VALUE, "a whole number, 0 or more");
        }
    }

    /** A number of bytes that fits into an array. */
    static final class Size implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Quantity.parse(text)
                    .flatMap(Quantity::bytes)
                    .filter(bytes -> bytes >= 1 && bytes <= Integer.MAX_VALUE - 8)
                    .orElseThrow(() -> new TypeConversionException("bytes, or a size such as 64MiB, below 2GiB"))
                    .intValue();
        }
    }

    /** A time above 0. */
    static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Quantity.parse(text)
                    .flatMap(Quantity::time)
                    .filter(time -> !time.isZero())
                    .orElseThrow(
                            () -> new TypeConversionException("a time above 0, in seconds or such as 500ms, 60s, 30m"));
        }
    }

    /** A time; 0 stands for none. */
    static final class Grace implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return Quantity.parse(text)
                    .flatMap(Quantity::time)
                    .orElseThrow(() -> new TypeConversionException("a time in seconds, or such as 500ms, 60s, 30m"));
        }
    }
}
