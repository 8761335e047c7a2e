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
            "Compares routing strategies on the requests of a trace, with simulated engines and a virtual clock. Prints a",
            "table: the share of cached blocks, times to first token, the balance of busy time and requests between",
            "engines, and the time of a decision.",
            "Options may also be written with dashes (--time-per-token); lists are set apart by commas."
        },
        optionListHeading = "%n")
final class ReplayOptions {
    @Option(
            names = "--trace",
            paramLabel = "<file>",
            description = "Requests, one JSON object per line, plain or gzip: a trace in Mooncake's format (timestamp, "
                    + "input_length, output_length, hash_ids), or an access log written with --access_log json "
                    + "--log_decisions")
    @Nullable
    Path trace;

    @Option(
            names = "--strategies",
            paramLabel = "<name,...>",
            split = ",(?![^{]*})",
            hideParamSyntax = true,
            description = "Strategies to compare, by name or with options: name{option=value,...} " + "(default: all)")
    List<String> strategies = new ArrayList<>();

    @Option(
            names = "--plugin_path",
            paramLabel = "<path,...>",
            split = ",",
            hideParamSyntax = true,
            description = "Jars, or directories of jars, with strategies (default: the class path only)")
    List<Path> pluginPath = new ArrayList<>();

    @Option(
            names = "--requests",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            description = "Number of requests of the trace to use, from the first (default: all)")
    int requests = Integer.MAX_VALUE;

    @Option(
            names = "--rate",
            paramLabel = "<factor>",
            converter = ReplayConverters.Factor.class,
            defaultValue = "1",
            description = "Factor on the request rate of the trace (default: 1)")
    double rate;

    @Option(
            names = "--share_first_half",
            description = "Give all prompts the same first half (default: as in the trace)")
    boolean shareFirstHalf;

    @Option(
            names = "--seed",
            paramLabel = "<number>",
            converter = ReplayConverters.Seed.class,
            defaultValue = "1",
            description =
                    "Seed of random numbers: times within the buckets of a trace, and ties of strategies (default: 1)")
    long seed;

    @Option(
            names = "--engines",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "8",
            description = "Number of engines (default: 8)")
    int engines;

    @Option(
            names = "--prefill_rate",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "8000",
            description = "Prompt tokens per second of an engine, which processes one prompt at a time (default: 8000)")
    int prefillRate;

    @Option(
            names = "--time_per_token",
            paramLabel = "<time>",
            converter = OptionConverters.Grace.class,
            defaultValue = "50ms",
            description = "Time between two generated tokens (default: 50ms)")
    Duration timePerToken = Duration.ZERO;

    @Option(
            names = "--cache_blocks",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "3000",
            description = "Blocks in the KV cache of an engine, evicted by least recent use (default: 3000)")
    int cacheBlocks;

    @Option(
            names = "--block_tokens",
            paramLabel = "<number>",
            converter = OptionConverters.Count.class,
            defaultValue = "512",
            description = "Tokens of a block and of a hash id in the trace (default: 512)")
    int blockTokens;

    @Option(names = "--hide_capacity", description = "Do not report cache sizes to strategies (default: report them)")
    boolean hideCapacity;

    @Option(
            names = "--usage",
            description = "Report the usage of responses, with cached tokens, to strategies (default: do not)")
    boolean usage;

    @Option(
            names = "--join",
            paramLabel = "<time,...>",
            split = ",",
            hideParamSyntax = true,
            converter = OptionConverters.Time.class,
            description = "Time at which another, empty engine joins, such as 20m (default: none)")
    List<Duration> joins = new ArrayList<>();

    @Option(
            names = "--restart",
            paramLabel = "<engine@time,...>",
            split = ",",
            hideParamSyntax = true,
            converter = ReplayConverters.Restarts.class,
            description = "Engine, counted from 0, and time at which it loses its cache, such as 0@20m (default: none)")
    List<FleetPlan.Restart> restarts = new ArrayList<>();

    @Option(
            names = "--ttft_limit",
            paramLabel = "<time>",
            converter = OptionConverters.Time.class,
            defaultValue = "2s",
            description = "Report the share of requests with a first token within this time (default: 2s)")
    Duration limit = Duration.ZERO;

    @Option(names = "--csv", paramLabel = "<file>", description = "Also write the table to this file, with all digits")
    @Nullable
    Path csv;

    @Option(
            names = "--plot",
            paramLabel = "<file>",
            description = "Draw the distribution of times to first token, as an SVG image")
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
