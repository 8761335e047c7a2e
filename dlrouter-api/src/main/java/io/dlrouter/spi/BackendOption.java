package io.dlrouter.spi;

import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * An option of a backend, as its provider describes it: the gateway lists it in {@code --help} where the backend is
 * configured, takes it from the command line and from the environment, and has its value read before the provider gets
 * it. Immutable.
 */
public final class BackendOption {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

    private final String name;
    private final String valueLabel;
    private final String description;
    private final Optional<String> defaultValue;
    private final UnaryOperator<String> reading;

    private BackendOption(
            String name,
            String valueLabel,
            String description,
            Optional<String> defaultValue,
            UnaryOperator<String> reading) {
        this.name = name;
        this.valueLabel = valueLabel;
        this.description = description;
        this.defaultValue = defaultValue;
        this.reading = reading;
    }

    /**
     * An option of which any text is a value, and which has no default.
     *
     * @param name of lower-case letters, digits and single underscores between them, such as {@code zmq_port}
     * @param valueLabel what stands for its value in {@code --help}, such as {@code <port>}
     * @param description one sentence for {@code --help}, without the default
     * @throws IllegalArgumentException if the name is none
     */
    public static BackendOption of(String name, String valueLabel, String description) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name: " + name + " (expected: lower-case letters, digits and underscores between them)");
        }
        return new BackendOption(name, valueLabel, description, Optional.empty(), UnaryOperator.identity());
    }

    /** The same with a default, for {@code --help}: a provider gets no option that is not given. */
    public BackendOption withDefault(String value) {
        return new BackendOption(name, valueLabel, description, Optional.of(value), reading);
    }

    /**
     * The same, whose values are read.
     *
     * @param newReading returns a value in the form in which the provider is to get it, or throws an
     *     {@link IllegalArgumentException} whose message is what was expected, such as {@code a port, 0 to 65535}
     */
    public BackendOption readBy(UnaryOperator<String> newReading) {
        return new BackendOption(name, valueLabel, description, defaultValue, newReading);
    }

    /** The name, as {@link BackendAdapter.Provider#create} gets it. */
    public String name() {
        return name;
    }

    /** What stands for a value in {@code --help}. */
    public String valueLabel() {
        return valueLabel;
    }

    /** What it is for. */
    public String description() {
        return description;
    }

    /** The value that stands for none. */
    public Optional<String> defaultValue() {
        return defaultValue;
    }

    /**
     * A value in the form in which the provider gets it.
     *
     * @throws IllegalArgumentException if it has no meaning; names the option, the value and what was expected
     */
    public String read(String value) {
        try {
            return reading.apply(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + e.getMessage() + ")", e);
        }
    }
}
