package io.dlrouter.server;

import ch.qos.logback.classic.Level;
import io.dlrouter.core.ConfigValue;
import io.dlrouter.core.replay.FleetPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
                .registerConverter(boolean.class, text -> value(text).yesOrNo())
                .registerConverter(Level.class, OptionTypes::level)
                .registerConverter(Path.class, text -> Path.of(text.strip()))
                .registerConverter(AddressRange.class, text -> AddressRange.parse(text.strip()));
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

    private static ConfigValue value(String text) {
        return new ConfigValue("value", text);
    }

    /** A TCP port; 0 asks for any free one. */
    static final class Port implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return value(text).whole(0, 65535, "a port, 0 to 65535");
        }
    }

    /** A whole number of at least 1. */
    static final class Count implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return value(text).count();
        }
    }

    /** A whole number; 0 stands for none. */
    static final class Limit implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return value(text).limit();
        }
    }

    /** A number of bytes that fits into an array. */
    static final class Size implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return value(text).size();
        }
    }

    /** A time above 0. */
    static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return value(text).time();
        }
    }

    /** A time; 0 stands for none. */
    static final class Grace implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return value(text).grace();
        }
    }

    /** A name and a value for a plug-in. */
    static final class Pair implements ITypeConverter<ConfigValue> {
        private static final Pattern FORM = Pattern.compile("([^=\\s]+)=(.*)");

        @Override
        public ConfigValue convert(String text) {
            Matcher form = FORM.matcher(text.strip());
            if (!form.matches()) {
                throw new TypeConversionException("name=value");
            }
            return new ConfigValue(form.group(1), form.group(2));
        }
    }

    /** What random numbers begin with. */
    static final class Seed implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            if (!text.strip().matches("-?\\d{1,18}")) {
                throw new TypeConversionException("a whole number");
            }
            return Long.parseLong(text.strip());
        }
    }

    /** By how much something is multiplied. */
    static final class Factor implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            if (text.strip().matches("\\d{1,4}(\\.\\d{1,9})?")) {
                double factor = Double.parseDouble(text.strip());
                if (factor >= 0.001 && factor <= 1000) {
                    return factor;
                }
            }
            throw new TypeConversionException("a number, 0.001 to 1000");
        }
    }

    /** An engine and a time: {@code 0@20m}. */
    static final class Restarts implements ITypeConverter<FleetPlan.Restart> {
        private final Limit number = new Limit();
        private final Grace time = new Grace();

        @Override
        public FleetPlan.Restart convert(String text) {
            String[] parts = text.split("@", -1);
            if (parts.length != 2) {
                throw new TypeConversionException("the number of an engine and a time, such as 0@20m");
            }
            return new FleetPlan.Restart(number.convert(parts[0]), time.convert(parts[1]));
        }
    }
}
