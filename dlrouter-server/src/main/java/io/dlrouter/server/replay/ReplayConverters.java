package io.dlrouter.server.replay;

import io.dlrouter.replay.FleetPlan;
import io.dlrouter.server.options.OptionConverters;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The converters of option values that only a replay has. */
final class ReplayConverters {
    private ReplayConverters() {}

    /** The seed of random numbers. */
    static final class Seed implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            if (!text.strip().matches("-?\\d{1,18}")) {
                throw new TypeConversionException("a whole number");
            }
            return Long.parseLong(text.strip());
        }
    }

    /** A positive factor. */
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
        private final OptionConverters.Limit number = new OptionConverters.Limit();
        private final OptionConverters.Grace time = new OptionConverters.Grace();

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
