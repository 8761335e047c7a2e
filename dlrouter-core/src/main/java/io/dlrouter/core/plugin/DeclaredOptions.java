package io.dlrouter.core.plugin;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The options that the providers of the installed backends declare. Immutable. */
public final class DeclaredOptions {
    private static final Logger LOG = LoggerFactory.getLogger(DeclaredOptions.class);

    private final Map<String, List<BackendOption>> byBackend;

    private DeclaredOptions(Map<String, List<BackendOption>> byBackend) {
        this.byBackend = byBackend;
    }

    /**
     * Asks the providers. One that fails is logged and declares nothing: the router rejects it only where it is
     * configured.
     *
     * @param loader finds the providers; null for the class loader of the system
     * @throws IllegalArgumentException if a provider cannot be loaded
     */
    public static DeclaredOptions of(@Nullable ClassLoader loader) {
        Providers<BackendAdapter.Provider> providers = Providers.ofBackends(loader);
        Map<String, List<BackendOption>> options = new LinkedHashMap<>();
        providers.names().forEach(name -> options.put(name, options(providers, name)));
        return new DeclaredOptions(options);
    }

    private static List<BackendOption> options(Providers<BackendAdapter.Provider> providers, String backend) {
        try {
            return providers.make(backend, provider -> List.copyOf(provider.options()));
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "Options of backend {} are unavailable: {}. Remove or update the plug-in", backend, e.getMessage());
            return List.of();
        }
    }

    /** The backends and their options. */
    public Map<String, List<BackendOption>> byBackend() {
        return byBackend;
    }

    /** The names of all options. */
    public Set<String> names() {
        return all().map(BackendOption::name).collect(Collectors.toSet());
    }

    /** An option by its name; the first one if several backends declare it. */
    public Optional<BackendOption> find(String name) {
        return all().filter(option -> option.name().equals(name)).findFirst();
    }

    /** Whether one of these backends declares an option. */
    public boolean declares(Collection<String> backends, String name) {
        return of(backends).anyMatch(option -> option.name().equals(name));
    }

    /** Whether none of these backends can split requests without an option. */
    public boolean require(Collection<String> backends, String name) {
        return !backends.isEmpty() && backends.stream().allMatch(backend -> requires(backend, name));
    }

    private boolean requires(String backend, String name) {
        return of(List.of(backend))
                .anyMatch(option -> option.name().equals(name) && option.isRequiredForPrefillDecode());
    }

    private Stream<BackendOption> all() {
        return byBackend.values().stream().flatMap(List::stream);
    }

    private Stream<BackendOption> of(Collection<String> backends) {
        return backends.stream().flatMap(backend -> byBackend.getOrDefault(backend, List.of()).stream());
    }
}
