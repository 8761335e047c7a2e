package io.dlrouter.core.plugin;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.RoutingStrategy;
import java.security.CodeSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The providers of one kind on the class path and among the plug-ins, by name. Immutable. */
public final class Providers<P> {
    private final String option;
    private final String origin;
    private final Map<String, P> byName = new TreeMap<>();

    /**
     * Finds the providers.
     *
     * @param option the option that a name belongs to, for messages
     * @param origin the artifacts with the bundled providers, for messages
     * @param loader finds them; null for the class loader of the application
     * @throws IllegalArgumentException if two have the same name, or one cannot be created
     */
    public Providers(
            Class<P> kind, Function<P, String> nameOf, String option, String origin, @Nullable ClassLoader loader) {
        this.option = option;
        this.origin = origin;
        listed(kind, loader == null ? ClassLoader.getSystemClassLoader() : loader)
                .forEach(listed -> add(nameOf, made(listed)));
    }

    /**
     * The providers of strategies.
     *
     * @throws IllegalArgumentException as the constructor
     */
    public static Providers<RoutingStrategy.Provider> ofStrategies(String option, @Nullable ClassLoader loader) {
        return new Providers<>(
                RoutingStrategy.Provider.class,
                RoutingStrategy.Provider::name,
                option,
                "dlrouter-core brings several",
                loader);
    }

    /**
     * The providers of backends.
     *
     * @throws IllegalArgumentException as the constructor
     */
    public static Providers<BackendAdapter.Provider> ofBackends(@Nullable ClassLoader loader) {
        return new Providers<>(
                BackendAdapter.Provider.class,
                BackendAdapter.Provider::name,
                "backend",
                "each artifact dlrouter-backend-... brings one",
                loader);
    }

    private List<ServiceLoader.Provider<P>> listed(Class<P> kind, ClassLoader loader) {
        try {
            return ServiceLoader.load(kind, loader).stream().toList();
        } catch (Throwable e) {
            Throwable fault = ForeignCode.endured(e);
            throw broken(
                    new ServicesFiles(kind, loader)
                            .firstUnusable()
                            .map(provider -> provider + ": " + fault)
                            .orElseGet(fault::toString),
                    fault);
        }
    }

    private P made(ServiceLoader.Provider<P> provider) {
        try {
            return provider.get();
        } catch (Throwable e) {
            Throwable fault = ForeignCode.endured(e);
            throw broken(
                    described(provider.type()) + ": " + (fault.getCause() == null ? fault : fault.getCause()), fault);
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

    /** @throws IllegalArgumentException if the name is unknown; lists the known ones */
    P named(String name) {
        P provider = byName.get(name);
        if (provider == null) {
            throw new IllegalArgumentException(option + ": " + name + " (expected: " + known() + ")");
        }
        return provider;
    }

    /** Adds given providers, each of which takes precedence over a found one of its name. */
    public Providers<P> with(Collection<? extends P> given, Function<P, String> nameOf) {
        given.forEach(provider -> byName.put(guarded(provider, nameOf), provider));
        return this;
    }

    /** The names in alphabetical order. */
    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    private String known() {
        return byName.isEmpty()
                ? "one of those on the class path, but there is none; " + origin
                : String.join(", ", byName.keySet());
    }

    /**
     * Calls a provider.
     *
     * @throws IllegalArgumentException if the name is unknown, the provider rejects its options, or it fails
     */
    public <T> T make(String name, Function<P, T> how) {
        return guarded(named(name), how);
    }

    /** A rejection of options is passed on; any other exception reports a broken provider. */
    @SuppressWarnings("NullAway") // what others wrote may well return null
    private <T> T guarded(P provider, Function<P, T> how) {
        T made;
        try {
            made = how.apply(provider);
        } catch (IllegalArgumentException e) {
            throw refusal(provider, e);
        } catch (Throwable e) {
            throw broken(described(provider.getClass()) + ": " + e, ForeignCode.endured(e));
        }
        if (made == null) {
            throw broken(described(provider.getClass()) + ": it returned null", null);
        }
        return made;
    }

    /** The message of the provider, with its class if it does not name an option. */
    private IllegalArgumentException refusal(P provider, IllegalArgumentException e) {
        return namesItsOption(String.valueOf(e.getMessage()))
                ? e
                : new IllegalArgumentException(
                        option + ": " + described(provider.getClass()) + " refuses its options: " + e, e);
    }

    /** Whether a message has the router's form. */
    private static boolean namesItsOption(String message) {
        return message.matches("(?s)\\S+: .*\\(expected: .*\\)");
    }

    private IllegalArgumentException broken(String what, @Nullable Throwable cause) {
        return new IllegalArgumentException(option + ": a provider is broken: " + what, cause);
    }

    /** A class and its jar or folder. */
    private static String described(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? type.getName()
                : type.getName() + " of " + source.getLocation().getPath();
    }
}
