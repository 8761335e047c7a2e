package io.dlrouter.server.options;

import io.dlrouter.core.ConfigValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The operator's own strategies and backends. */
final class PluginOptions {
    @Option(
            names = "--plugin_path",
            paramLabel = "<path,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Jars, or directories of jars, with strategies and backends (default: the class path alone)")
    List<Path> pluginPath = new ArrayList<>();

    @Option(
            names = "--option",
            paramLabel = "<name>=<value>",
            converter = OptionConverters.Pair.class,
            description = "An option of a plug-in; may be repeated")
    List<ConfigValue> options = new ArrayList<>();

    /**
     * What finds the classes of plug-ins, before the whole command line can be read. A path that is none is left to be
     * reported by the router; without it the class path alone is searched.
     *
     * @throws IllegalArgumentException if one of these two options is malformed
     */
    static ClassLoader loader(EnvironmentDefaults environment, String... arguments) {
        PluginOptions plugins = new PluginOptions();
        OptionParser parser = new OptionParser(plugins, environment);
        parser.commandLine().setUnmatchedArgumentsAllowed(true);
        parser.parse(arguments);
        try {
            return PluginPath.of(plugins.pluginPath).loader();
        } catch (IllegalArgumentException e) {
            return PluginPath.of(List.of()).loader();
        }
    }
}
