package io.dlrouter.core;

import java.security.CodeSource;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The providers of one kind that are on the class path, or among the plug-ins, by their names. */
final class Providers<P> {
    private final String option;
    private final Map<String, P> byName = new TreeMap<>();

    /**
     * Finds them.
     *
     * @param option what a name is given for, as error messages call it
     * @param loader where to look for them; null for the one that sees the application's class path
     * @throws IllegalArgumentException if two have the same name, or one cannot be made
     */
    Providers(Class<P> kind, Function<P, String> nameOf, String option, @Nullable ClassLoader loader) {
        this.option = option;
        try {
            ServiceLoader.load(kind, loader).stream().map(this::made).forEach(made -> add(nameOf, made));
        } catch (ServiceConfigurationError | LinkageError e) {
            throw broken(e.toString(), e);
        }
    }

    private P made(ServiceLoader.Provider<P> provider) {
        try {
            return provider.get();
        } catch (ServiceConfigurationError e) {
            throw broken(described(provider.type()) + ": " + (e.getCause() == null ? e : e.getCause()), e);
        }
    }

    private void add(Function<P, String> nameOf, P provider) {
        String name = guarded(provider, nameOf);
        P other = byName.putIfAbsent(name, provider);
        if (other != null) {
            throw new IllegalArgumentException(option + ": " + name + " is the name of both "
                    + described(other.getClass()) + " and " + described(provider.getClass())
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

    /**
     * What a provider makes.
     *
     * @throws IllegalArgumentException if there is none of this name, if it refuses its options, or if it is broken
     */
    <T> T make(String name, Function<P, T> how) {
        return guarded(named(name), how);
    }

    /** What a provider refuses is passed on as it says; whatever else it throws says that it is broken. */
    @SuppressWarnings("NullAway") // what others wrote may well return null
    private <T> T guarded(P provider, Function<P, T> how) {
        T made;
        try {
            made = how.apply(provider);
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw broken(described(provider.getClass()) + ": " + e, e);
        }
        if (made == null) {
            throw broken(described(provider.getClass()) + ": it returned null", null);
        }
        return made;
    }

    private IllegalArgumentException broken(String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(option + ": a provider is broken: " + what, cause);
    }

    /** A class, and the jar or folder that it came from. */
    private static String described(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? type.getName()
                : type.getName() + " of " + source.getLocation().getPath();
    }
}
