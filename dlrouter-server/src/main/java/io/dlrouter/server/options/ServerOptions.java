package io.dlrouter.server.options;

import static java.util.stream.Collectors.joining;
import static picocli.CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST;

import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.core.plugin.DeclaredOptions;
import io.dlrouter.server.http.ServerSettings;
import io.dlrouter.server.metrics.GatewayListeners;
import io.dlrouter.spi.RouterListener;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The command line and the environment of the gateway, read and checked as a whole. */
@Command(
        name = "dlrouter",
        customSynopsis = {
            "dlrouter [options]",
            "       dlrouter replay [options]   compares routing strategies; see dlrouter replay --help"
        },
        descriptionHeading = "%n",
        description = {
            "Routes OpenAI-compatible requests over LLM serving nodes. Every option may also be written with dashes",
            "(--server-port) and given as an environment variable (DLROUTER_SERVER_PORT); the command line wins.",
            "Lists are set apart by commas."
        })
public final class ServerOptions {
    @Mixin(name = "Listening")
    final ListenOptions listen = new ListenOptions();

    @Mixin(name = "Routing")
    final RoutingOptions routing = new RoutingOptions();

    @Mixin(name = "Plug-ins")
    final PluginOptions plugins = new PluginOptions();

    @Mixin(name = "Admission")
    final AdmissionOptions admission = new AdmissionOptions();

    @Mixin(name = "Access")
    final AccessOptions access = new AccessOptions();

    @Mixin(name = "Time limits and health")
    final TimeOptions times = new TimeOptions();

    @Mixin(name = "Logs and traces")
    final LogOptions log = new LogOptions();

    @Option(names = "--help", usageHelp = true, description = "Print this")
    boolean help;

    @Option(names = "--version", versionHelp = true, description = "Print the version")
    boolean version;

    private final EnvironmentDefaults environment;
    private final OptionParser parser;
    private final CommandLine commandLine;

    private ServerOptions(EnvironmentDefaults environment, ClassLoader loader) {
        this.environment = environment;
        this.parser = new OptionParser(this, environment);
        this.commandLine = parser.commandLine().setNegatableOptionTransformer(BackendOptionGroup.NEGATION);
        BackendOptionGroup.addTo(
                commandLine.getCommandSpec(), DeclaredOptions.of(loader).byBackend());
        commandLine.getCommandSpec().version("dlrouter " + version());
        commandLine.getHelpSectionMap().put(SECTION_KEY_OPTION_LIST, new OptionGroups(routing));
    }

    /**
     * Reads all there is to configure. What the router is told is checked by {@link #router}, files by
     * {@link #settings} too.
     *
     * @throws IllegalArgumentException if something is wrong; the message is one line that names the option, its value
     *     and what was expected
     */
    public static ServerOptions parse(Map<String, String> variables, String... arguments) {
        EnvironmentDefaults environment = new EnvironmentDefaults(variables);
        ServerOptions options = new ServerOptions(environment, PluginOptions.loader(environment, arguments));
        options.parser.parse(arguments);
        if (!options.help && !options.version) {
            options.check();
        }
        return options;
    }

    /** The version of this build. */
    public static String version() {
        return Objects.requireNonNullElse(
                ServerOptions.class.getPackage().getImplementationVersion(), "(not packaged)");
    }

    /** What {@code --help} prints. */
    String helpText() {
        return commandLine.getUsageMessage();
    }

    /** Prints the help or the version, if the arguments ask for one of them. */
    public boolean printHelp() {
        return parser.printHelp();
    }

    /**
     * A router as configured. The caller closes it.
     *
     * @param listeners hear what it does
     * @throws IllegalArgumentException as {@link #parse}
     */
    public Router router(RouterListener... listeners) {
        try {
            RouterBuilder builder = RouterBuilder.from(
                    routerOptions(), PluginPath.of(plugins.pluginPath).loader());
            builder.maxDecodedBody(listen.maxBodySize);
            List.of(listeners).forEach(builder::listener);
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw parser.routerError(e);
        }
    }

    /** The options that are the router's own, by their names. */
    public Map<String, String> routerOptions() {
        Map<String, String> options = new HashMap<>();
        options.put(
                "config_path",
                RoutingOptions.defaultNodeTable(environment.variables()).toString());
        Set<String> known = RouterBuilder.optionNames();
        for (CommandSpec group : commandLine.getCommandSpec().mixins().values()) {
            boolean declared = group.userObject() instanceof BackendOptionGroup;
            if (BackendOptionGroup.fit(group, routing.backends)) {
                group.options().stream()
                        .filter(option -> declared || known.contains(name(option)))
                        .forEach(option -> putRouterOption(options, option));
            }
        }
        plugins.options.forEach(option -> options.put("option." + option.name(), option.value()));
        return options;
    }

    private static void putRouterOption(Map<String, String> options, OptionSpec option) {
        Object value = option.getValue();
        if (value instanceof Collection<?> values) {
            options.put(name(option), values.stream().map(String::valueOf).collect(joining(",")));
        } else if (value != null) {
            options.put(name(option), value.toString());
        }
    }

    private static String name(OptionSpec option) {
        return option.longestName().substring(2);
    }

    /** Sets the levels of the loggers of this process. */
    public void applyLogLevels() {
        log.apply();
    }

    /** The listeners of the gateway, to be given to the router. */
    public GatewayListeners listeners() {
        return log.listeners();
    }

    /** How long a gateway that is told to stop goes on accepting requests. */
    public Duration shutdownDelay() {
        return listen.shutdownDelay;
    }

    /** How long it then waits for open requests. */
    public Duration shutdownGrace() {
        return listen.shutdownGrace;
    }

    /** The settings of the HTTP server. */
    public ServerSettings settings() {
        return new ServerSettings(
                listen.serverName,
                listen.serverPort,
                listen.tls(),
                listen.workers,
                listen.maxBodySize,
                admission.maxConcurrentRequests,
                access.inferenceKeys(),
                access.adminKeys(),
                access.trustedRegistrars,
                listen.corsAllowOrigins,
                routing.defaultBackend(),
                log.nodeHeader,
                log.decisions);
    }

    private void check() {
        access.check();
        checkOptionsFitBackend();
    }

    /** An option on the command line that only another backend understands is a mistake; a variable may be left over. */
    private void checkOptionsFitBackend() {
        for (CommandSpec group : commandLine.getCommandSpec().mixins().values()) {
            if (!BackendOptionGroup.fit(group, routing.backends)) {
                group.options().forEach(option -> checkNotGiven(option, (BackendOptionGroup) group.userObject()));
            }
        }
    }

    private void checkNotGiven(OptionSpec option, BackendOptionGroup group) {
        if (commandLine.getParseResult().hasMatchedOption(option.longestName())) {
            throw new IllegalArgumentException(name(option) + ": given with backend "
                    + String.join(",", routing.backends) + " (expected: only with "
                    + group.owners() + ")");
        }
    }
}
