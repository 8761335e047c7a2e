package io.dlrouter.server;

import static java.util.stream.Collectors.joining;

import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.spi.RouterListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.RegexTransformer;

/** The command line and the environment of the gateway, read and checked as a whole. */
@Command(name = "dlrouter")
final class ServerOptions {
    private static final String PD = "Prefill/Decode";

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

    @Mixin(name = PD + " nodes")
    final StaticPdOptions staticPd = new StaticPdOptions();

    @Mixin(name = PD + " with vllm")
    final VllmOptions vllm = new VllmOptions();

    @Mixin(name = PD + " with sglang")
    final SglangOptions sglang = new SglangOptions();

    @Mixin(name = PD + " with lmdeploy")
    final LmdeployOptions lmdeploy = new LmdeployOptions();

    @Option(names = "--help", usageHelp = true, description = "Print this")
    boolean help;

    @Option(names = "--version", versionHelp = true, description = "Print the version")
    boolean version;

    private final Environment environment;
    private final CommandLine commandLine;
    private List<String> arguments = List.of();

    private ServerOptions(Environment environment) {
        this.environment = environment;
        this.commandLine = OptionTypes.register(new CommandLine(this))
                .setUsageHelpWidth(110)
                .setUsageHelpLongOptionsMaxWidth(40)
                .setOverwrittenOptionsAllowed(true)
                .setDefaultValueProvider(environment)
                .setNegatableOptionTransformer(new RegexTransformer.Builder()
                        .addPattern("^--(with_gdr)$", "--no_$1", "--[no_]$1")
                        .build());
    }

    /**
     * Reads all there is to configure. What the router is told is checked by {@link #router}, files by
     * {@link #settings} too.
     *
     * @throws IllegalArgumentException if something is wrong; the message is one line that names the option, its value
     *     and what was expected
     */
    static ServerOptions parse(Map<String, String> variables, String... arguments) {
        ServerOptions options = new ServerOptions(new Environment(variables));
        options.arguments = new OptionReader(options.commandLine, options.environment).read(arguments);
        if (!options.help && !options.version) {
            options.check();
        }
        return options;
    }

    /** What {@code --help} prints. */
    String helpText() {
        return new HelpText(commandLine, routing.backends).render();
    }

    /**
     * A router as configured. The caller closes it.
     *
     * @param listeners hear what it does
     * @throws IllegalArgumentException as {@link #parse}
     */
    Router router(RouterListener... listeners) {
        try {
            RouterBuilder builder = RouterBuilder.from(forRouter());
            builder.plugins(PluginPath.of(plugins.pluginPath).loader());
            List.of(listeners).forEach(builder::listener);
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw explained(e);
        }
    }

    /** The options that are the router's own, by their names. */
    Map<String, String> forRouter() {
        Map<String, String> options = new HashMap<>();
        options.put(
                "config_path",
                RoutingOptions.defaultNodeTable(environment.variables()).toString());
        for (CommandSpec group : commandLine.getCommandSpec().mixins().values()) {
            if (BackendOptions.fit(group, routing.backends)) {
                group.options().forEach(option -> putIfRouters(options, option));
            }
        }
        plugins.options.forEach(option -> options.put("option." + option.name(), option.value()));
        return options;
    }

    private static void putIfRouters(Map<String, String> options, OptionSpec option) {
        String name = option.longestName().substring(2);
        Object value = option.getValue();
        if (RouterBuilder.optionNames().contains(name) && value != null) {
            options.put(
                    name,
                    value instanceof Collection<?> values
                            ? values.stream().map(String::valueOf).collect(joining(","))
                            : value.toString());
        }
    }

    private IllegalArgumentException explained(IllegalArgumentException e) {
        return new IllegalArgumentException(new Complaint(environment, arguments).about(e, commandLine), e);
    }

    /** What the HTTP side is to know. */
    ServerSettings settings() {
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
            if (!BackendOptions.fit(group, routing.backends)) {
                group.options().forEach(option -> checkNotGiven(option, (BackendOptions) group.userObject()));
            }
        }
    }

    private void checkNotGiven(OptionSpec option, BackendOptions group) {
        if (commandLine.getParseResult().hasMatchedOption(option.longestName())) {
            throw new IllegalArgumentException(option.longestName().substring(2) + ": given with backend "
                    + String.join(",", routing.backends) + " (expected: only with "
                    + group.backends().stream().sorted().collect(joining(" or ")) + ")");
        }
    }
}
