package io.dlrouter.core;

import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;

/** The providers of one kind that are on the class path, by their names. */
final class Providers<P> {
    private final String option;
    private final Map<String, P> byName = new TreeMap<>();

    /**
     * Finds them.
     *
     * @param option what a name is given for, as error messages call it
     * @throws IllegalArgumentException if two have the same name, or one cannot be made
     */
    Providers(Class<P> kind, Function<P, String> nameOf, String option) {
        this.option = option;
        try {
            ServiceLoader.load(kind).forEach(provider -> add(nameOf.apply(provider), provider));
        } catch (ServiceConfigurationError e) {
            throw new IllegalArgumentException(
                    option + ": a provider on the class path is broken: " + e.getMessage(), e);
        }
    }

    private void add(String name, P provider) {
        P other = byName.putIfAbsent(name, provider);
        if (other != null) {
            throw new IllegalArgumentException(option + ": " + name + " is the name of both "
                    + other.getClass().getName() + " and " + provider.getClass().getName()
                    + " (expected: a unique name)");
        }
    }

    /** @throws IllegalArgumentException if there is none of this name; lists those there are */
    P named(String name) {
        P provider = byName.get(name);
        if (provider == null) {
            throw new IllegalArgumentException(
                    option + ": " + name + " (expected: " + String.join(", ", byName.keySet()) + ")");
        }
        return provider;
    }
}
