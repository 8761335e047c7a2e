package io.dlrouter.server.replay;

import io.dlrouter.replay.Replay;
import io.dlrouter.replay.ReplayReport;
import io.dlrouter.replay.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command {@code dlrouter replay}: it prints how routing strategies would serve the requests of a trace. */
public final class ReplayCommand {
    private ReplayCommand() {}

    /**
     * Runs it.
     *
     * @throws IllegalArgumentException if an option is wrong, or the trace
     * @throws IOException if a file cannot be written
     */
    public static void run(String... arguments) throws IOException {
        ReplayOptions options = ReplayOptions.parse(arguments);
        if (options.printHelp()) {
            return;
        }
        Trace trace = options.requests();
        trace.complaint().ifPresent(complaint -> System.err.println("dlrouter: trace: " + complaint));
        ReplayReport report = report(options, trace);
        System.out.print(report.table());
        write(options.csv, report.csv());
        write(options.plot, report.svg());
    }

    private static ReplayReport report(ReplayOptions options, Trace trace) throws IOException {
        Replay replay = options.replay(trace);
        List<String> strategies = options.strategies.isEmpty() ? replay.strategies() : options.strategies;
        try (ProgressBar bar = ProgressBar.of((long) trace.size() * strategies.size())) {
            return replay.run(strategies, options.limit, bar::step);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static void write(@Nullable Path file, String text) throws IOException {
        if (file != null) {
            Files.writeString(file, text);
        }
    }
}
