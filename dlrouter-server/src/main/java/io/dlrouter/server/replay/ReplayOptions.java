package io.dlrouter.server.replay;

import io.dlrouter.replay.EngineModel;
import io.dlrouter.replay.FleetPlan;
import io.dlrouter.replay.Replay;
import io.dlrouter.replay.Trace;
import io.dlrouter.server.options.OptionConverters;
import io.dlrouter.server.options.OptionParser;
import io.dlrouter.server.options.PluginPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of {@code dlrouter replay}. */
@Command(
        name = "dlrouter replay",
        sortOptions = false,
        customSynopsis = "dlrouter replay --trace <file> [options]",
        descriptionHeading = "%n",
        description = {
            "Shows what routing strategies would make of the requests of a trace, before one is switched on: simulated",
            "engines, and a clock that does not wait. Prints a table: the share of blocks that were cached, the times",
            "to first token, how evenly engines were busy and had requests, and what a decision took.",
            "Options may also be written with dashes (--time-per-token); lists are set apart by commas."
        },
        optionListHeading = "%n")
final class ReplayOptions {
    @Option(
            names = "--trace",
            paramLabel = "<file>",
            description = "Requests, one JSON object a line, plain or gzip: a trace of the Mooncake kind (timestamp, "
                    + "input_length, output_length, hash_ids), or the gateway's log with --access_log json "
                    + "--log_decisions")
    @Nullable
    Path trace;

    @Option(
            names = "--strategies",
            paramLabel = "<name,...>",
            split = ",(?![^{]*})",
            hideParamSyntax = true,
            description = "What to compare, each by its name or with options of its own: name{option=value,...} "
                    + "(default: all strategies there are)")
    List<String> strategies = new ArrayList<>();

    @Option(
            names = "--plugin_path",
            paramLabel = "<path,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Jars, or directories of jars, with strategies (default: the class path alone)")
    List<Path> pluginPath = new ArrayList<>();

    @Option(
            names = "--requests",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            description = "Only the first so many requests of the trace (default: all)")
    int requests = Integer.MAX_VALUE;

    @Option(
            names = "--rate",
            paramLabel = "<factor>",
            converter = ReplayConverters.Factor.class,
            defaultValue = "1",
            description = "Send so many times as many requests a second as the trace has (default: 1)")
    double rate;

    @Option(
            names = "--share_first_half",
            description = "As if the first half of every prompt began as all others do (default: as the trace says)")
    boolean shareFirstHalf;

    @Option(
            names = "--seed",
            paramLabel = "<number>",
            converter = ReplayConverters.Seed.class,
            defaultValue = "1",
            description = "Of all that is drawn at random: the times within the buckets of a trace, and ties of the "
                    + "strategies (default: 1)")
    long seed;

    @Option(
            names = "--engines",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "8",
            description = "How many there are (default: 8)")
    int engines;

    @Option(
            names = "--prefill_rate",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "8000",
            description = "Tokens a second at which an engine reads one prompt after the other (default: 8000)")
    int prefillRate;

    @Option(
            names = "--time_per_token",
            paramLabel = "<time>",
            converter = OptionConverters.Grace.class,
            defaultValue = "50ms",
            description = "Between two tokens of an answer (default: 50ms)")
    Duration timePerToken = Duration.ZERO;

    @Option(
            names = "--cache_blocks",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "3000",
            description = "How many blocks of a prompt an engine keeps, those that were used last (default: 3000)")
    int cacheBlocks;

    @Option(
            names = "--block_tokens",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "512",
            description = "Tokens of a block, which is also what a hash id of a trace stands for (default: 512)")
    int blockTokens;

    @Option(
            names = "--hide_capacity",
            description = "The strategies are not told how large the caches are (default: they are, as engines say it)")
    boolean hideCapacity;

    @Option(
            names = "--usage",
            description = "The strategies are told the usage of each answer, with its cached tokens (default: they are "
                    + "not, and know only what they chose)")
    boolean usage;

    @Option(
            names = "--join",
            paramLabel = "<time,...>",
            split = ",",
            hideParamSyntax = true,
            converter = OptionConverters.Time.class,
            description = "When one more engine joins, empty, such as 20m after the beginning (default: none)")
    List<Duration> joins = new ArrayList<>();

    @Option(
            names = "--restart",
            paramLabel = "<engine@time,...>",
            split = ",",
            hideParamSyntax = true,
            converter = ReplayConverters.Restarts.class,
            description = "Which engine, counted from 0, loses its cache when, such as 0@20m (default: none)")
    List<FleetPlan.Restart> restarts = new ArrayList<>();

    @Option(
            names = "--ttft_limit",
            paramLabel = "<time>",
            converter = OptionConverters.Time.class,
            defaultValue = "2s",
            description = "The share of requests is told whose first token came within it (default: 2s)")
    Duration limit = Duration.ZERO;

    @Option(names = "--csv", paramLabel = "<file>", description = "Write the table to it too, with all digits")
    @Nullable
    Path csv;

    @Option(
            names = "--plot",
            paramLabel = "<file>",
            description = "Draw how the times to first token are distributed, as an SVG image")
    @Nullable
    Path plot;

    @Option(names = "--help", usageHelp = true, description = "Print this")
    boolean help;

    private final OptionParser parser = new OptionParser(this);

    private PluginPath plugins = PluginPath.of(pluginPath);

    private ReplayOptions() {}

    /**
     * Reads and checks them.
     *
     * @throws IllegalArgumentException if something is wrong; the message is one line that names the option, its value
     *     and what was expected
     */
    static ReplayOptions parse(String... arguments) {
        ReplayOptions options = new ReplayOptions();
        options.parser.parse(arguments);
        options.plugins = PluginPath.of(options.pluginPath);
        checkFolder("csv", options.csv);
        checkFolder("plot", options.plot);
        if (options.plot != null && !options.plot.toString().endsWith(".svg")) {
            throw new IllegalArgumentException("plot: " + options.plot + " (expected: a name that ends with .svg)");
        }
        return options;
    }

    /** Before the trace is read, and not after all the work. */
    private static void checkFolder(String option, @Nullable Path file) {
        if (file != null && !Files.isDirectory(file.toAbsolutePath().resolveSibling("."))) {
            throw new IllegalArgumentException(option + ": " + file + " (expected: a file in a folder that exists)");
        }
    }

    /** What {@code --help} prints. */
    String helpText() {
        return parser.commandLine().getUsageMessage();
    }

    /** Prints the help, if the arguments ask for it. */
    boolean printHelp() {
        return parser.printHelp();
    }

    /** The requests, as they are to be sent. */
    Trace requests() {
        if (trace == null) {
            throw new IllegalArgumentException("trace: no value (expected: <file>)");
        }
        Trace whole = read(trace).first(requests).spread(seed).rate(rate);
        return shareFirstHalf ? whole.sharingFirstHalf() : whole;
    }

    private Trace read(Path file) {
        try {
            return Trace.read(file, blockTokens);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "trace: " + file + " (expected: a file that can be read, but " + e + ")", e);
        }
    }

    Replay replay(Trace sent) {
        EngineModel model = new EngineModel(prefillRate, timePerToken, cacheBlocks, blockTokens, !hideCapacity, usage);
        FleetPlan plan = new FleetPlan(engines, joins, restarts);
        return new Replay(sent, model, plan, seed, plugins.loader());
    }
}
