package io.dlrouter.server.options;

import io.dlrouter.core.plugin.Providers;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The options that the provider of one backend declares: a group of {@code --help}, and read like any other option from
 * the command line and the environment.
 *
 * @param backend its name
 */
record DeclaredOptions(String backend) implements BackendOptions {

    /**
     * Adds a group for each backend whose provider declares options.
     *
     * @param loader where the providers are found
     * @throws IllegalArgumentException if a provider is broken, or declares an option that there is already
     */
    static void addTo(CommandSpec command, ClassLoader loader) {
        Providers<BackendAdapter.Provider> providers = new Providers<>(
                BackendAdapter.Provider.class,
                BackendAdapter.Provider::name,
                "backend",
                "each artifact dlrouter-backend-... brings one",
                loader);
        for (String name : providers.names()) {
            List<BackendOption> options = providers.make(name, BackendAdapter.Provider::options);
            if (!options.isEmpty()) {
                command.addMixin("Backend " + name, new DeclaredOptions(name).group(command, options));
            }
        }
    }

    private CommandSpec group(CommandSpec command, List<BackendOption> options) {
        CommandSpec group = CommandSpec.wrapWithoutInspection(this);
        for (BackendOption option : options) {
            if (command.findOption("--" + option.name()) != null || group.findOption("--" + option.name()) != null) {
                throw new IllegalArgumentException("backend: " + backend + " declares " + option.name()
                        + ", which is an option already (expected: another name)");
            }
            group.addOption(spec(option));
        }
        return group;
    }

    /** Without picocli's own default: the provider has its own, and a value from the environment counts as given. */
    private static OptionSpec spec(BackendOption option) {
        String description = option.description()
                + option.defaultValue()
                        .map(value -> " (default: " + value + ")")
                        .orElse("");
        return OptionSpec.builder("--" + option.name())
                .type(String.class)
                .paramLabel(option.valueLabel())
                .description(description.replace("%", "%%"))
                .converters(option::read)
                .build();
    }

    @Override
    public Set<String> backends() {
        return Set.of(backend);
    }
}
