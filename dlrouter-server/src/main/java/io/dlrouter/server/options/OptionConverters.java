package io.dlrouter.server.options;

import ch.qos.logback.classic.Level;
import io.dlrouter.core.ConfigValue;
import io.dlrouter.server.http.AddressRange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The converters of option values. The message of an error is the expectation, or ends with it. picocli's own converters
 * do not serve, because values are written as in the router's configuration.
 */
public final class OptionConverters {
    private OptionConverters() {}

    /** Registers the converters of types. */
    static CommandLine register(CommandLine commandLine) {
        return commandLine
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(String.class, String::strip)
                .registerConverter(boolean.class, text -> value(text).yesOrNo())
                .registerConverter(Level.class, OptionConverters::level)
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
    public static final class Count implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return value(text).count();
        }
    }

    /** A whole number; 0 stands for none. */
    public static final class Limit implements ITypeConverter<Integer> {
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
    public static final class Time implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return value(text).time();
        }
    }

    /** A time; 0 stands for none. */
    public static final class Grace implements ITypeConverter<Duration> {
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
}
