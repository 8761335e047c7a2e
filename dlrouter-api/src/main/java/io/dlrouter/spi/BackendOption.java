package io.dlrouter.spi;

import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * An option of a backend, as its provider declares it. The gateway lists it in {@code --help} where the backend is
 * configured, and accepts it on the command line and in the environment; {@code RouterBuilder.from} accepts it by its
 * name. The value is checked before the provider receives it. Immutable.
 */
public final class BackendOption {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

    private final String name;
    private final Form form;
    private final String valueLabel;
    private final String description;
    private final Optional<String> defaultValue;
    private final boolean required;
    private final UnaryOperator<String> reader;

    private BackendOption(
            String name,
            Form form,
            String valueLabel,
            String description,
            Optional<String> defaultValue,
            boolean required,
            UnaryOperator<String> reader) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name: " + name + " (expected: lower-case letters, digits and underscores between them)");
        }
        this.name = name;
        this.form = form;
        this.valueLabel = valueLabel;
        this.description = description;
        this.defaultValue = defaultValue;
        this.required = required;
        this.reader = reader;
    }

    /** How a value is written, and in which form the provider receives it. */
    public enum Form {
        /** Any text, passed on as it is. */
        TEXT,
        /** Texts with commas between them, passed on as they are. On a command line the option may be repeated. */
        LIST,
        /** A time above 0, in seconds or such as {@code 500ms}, {@code 60s}, {@code 30m}; passed on in seconds, as {@code 0.500}. */
        TIME,
        /** {@code true}, {@code yes}, {@code on}, {@code 1} or the opposite; passed on as {@code true} or {@code false}. */
        FLAG
    }

    /**
     * An option whose value is any text, without a default.
     *
     * @param name lower-case letters, digits and single underscores between them, such as {@code zmq_port}
     * @param valueLabel the placeholder of the value in {@code --help}, such as {@code <port>}
     * @param description one sentence for {@code --help}, without the default
     * @throws IllegalArgumentException if the name has another form
     */
    public static BackendOption of(String name, String valueLabel, String description) {
        return of(name, Form.TEXT, valueLabel, description);
    }

    /** An option whose value is a {@linkplain Form#LIST list}, without a default; parameters as {@link #of}. */
    public static BackendOption list(String name, String valueLabel, String description) {
        return of(name, Form.LIST, valueLabel, description);
    }

    /** An option whose value is a {@linkplain Form#TIME time}, without a default; parameters as {@link #of}. */
    public static BackendOption time(String name, String description) {
        return of(name, Form.TIME, "<time>", description);
    }

    /**
     * An option that is {@linkplain Form#FLAG true or false}; parameters as {@link #of}. The gateway takes
     * {@code --<name>} for true and, where the default is true, {@code --no_<name>} for false.
     */
    public static BackendOption flag(String name, String description) {
        return of(name, Form.FLAG, "", description);
    }

    private static BackendOption of(String name, Form form, String valueLabel, String description) {
        return new BackendOption(
                name, form, valueLabel, description, Optional.empty(), false, UnaryOperator.identity());
    }

    /**
     * The same with a default, which {@code --help} shows. A provider does not receive an option that is not given.
     *
     * @param value in the form in which the provider would receive it; of a time, in seconds
     */
    public BackendOption withDefault(String value) {
        return new BackendOption(name, form, valueLabel, description, Optional.of(value), required, reader);
    }

    /**
     * The same, with a check of its values.
     *
     * @param newReader returns a value in the form in which the provider receives it, or throws an
     *     {@link IllegalArgumentException} whose message is the expectation, such as {@code a port, 0 to 65535}
     */
    public BackendOption readBy(UnaryOperator<String> newReader) {
        return new BackendOption(name, form, valueLabel, description, defaultValue, required, newReader);
    }

    /** The same, required where requests are split into prefill and decode. */
    public BackendOption requiredForPrefillDecode() {
        return new BackendOption(name, form, valueLabel, description, defaultValue, true, reader);
    }

    /** The name, as {@link BackendAdapter.Provider#create} receives it. */
    public String name() {
        return name;
    }

    /** How a value is written. */
    public Form form() {
        return form;
    }

    /** The placeholder of the value in {@code --help}; empty for a flag. */
    public String valueLabel() {
        return valueLabel;
    }

    /** The sentence for {@code --help}. */
    public String description() {
        return description;
    }

    /** The value that applies where the option is not given. */
    public Optional<String> defaultValue() {
        return defaultValue;
    }

    /** Whether the option must be given where requests are split into prefill and decode. */
    public boolean isRequiredForPrefillDecode() {
        return required;
    }

    /**
     * A value in the form in which the provider receives it, as far as {@link #readBy} decides.
     *
     * @throws IllegalArgumentException if the value is invalid; names the option, the value and the expectation
     */
    public String read(String value) {
        try {
            return reader.apply(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + e.getMessage() + ")", e);
        }
    }
}
