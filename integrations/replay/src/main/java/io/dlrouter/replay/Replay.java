package io.dlrouter.replay;

import io.dlrouter.core.plugin.Providers;
import io.dlrouter.spi.RoutingStrategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs a trace through routing strategies, the very classes that the router uses, on simulated engines and a virtual
 * clock. A strategy is told what a router could know, and nothing of the queues and the caches. Two replays with equal
 * seeds give the same, but for what the decisions took. Immutable.
 */
public final class Replay {
    private final Trace trace;
    private final EngineModel model;
    private final FleetPlan plan;
    private final long seed;
    private final Providers<RoutingStrategy.Provider> providers;

    /**
     * A replay to be run with the strategies that the class loader of this thread finds.
     *
     * @param seed for the strategies' random numbers, as their option {@code routing_seed}
     * @throws IllegalArgumentException if an engine is to join after the last request, or a strategy's provider is broken
     */
    public Replay(Trace trace, EngineModel model, FleetPlan plan, long seed) {
        this(trace, model, plan, seed, Thread.currentThread().getContextClassLoader());
    }

    /**
     * A replay to be run with strategies of one's own.
     *
     * @param seed for the strategies' random numbers, as their option {@code routing_seed}
     * @param plugins finds the strategies; must stay open as long as the replay runs
     * @throws IllegalArgumentException if an engine is to join after the last request, or a strategy's provider is broken
     */
    public Replay(Trace trace, EngineModel model, FleetPlan plan, long seed, ClassLoader plugins) {
        plan.joins().stream()
                .filter(join -> join.compareTo(trace.length()) > 0)
                .findFirst()
                .ifPresent(join -> {
                    throw new IllegalArgumentException(
                            "join: " + join.toSeconds() + "s (expected: before the last request, which comes after "
                                    + trace.length().toSeconds() + "s)");
                });
        this.trace = trace;
        this.model = model;
        this.plan = plan;
        this.seed = seed;
        this.providers = Providers.ofStrategies("strategies", plugins);
    }

    /** The names of all strategies that there are. */
    public List<String> strategies() {
        return providers.names();
    }

    /**
     * Runs the trace through strategies, as many at a time as there are cores.
     *
     * @param strategies by name, with options of their own in braces: {@code prefix_cache{prefix_cache_tokens=0}}
     * @param limit for the time to first token
     * @param progress told of every request that a strategy has placed, by several threads at once
     * @throws IllegalArgumentException if there is no strategy of a name, or it does not take its options
     */
    public ReplayReport run(List<String> strategies, Duration limit, Runnable progress) throws InterruptedException {
        List<NamedStrategy> named = named(strategies);
        List<RoutingStrategy> made =
                named.stream().map(each -> each.create(providers, seed)).toList();
        ExecutorService cores =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            List<Future<Tally>> runs = made.stream()
                    .map(each -> cores.submit(new Simulation(trace, model, plan, each, progress)::run))
                    .toList();
            return new ReplayReport(rows(named, runs), limit);
        } finally {
            cores.shutdownNow();
        }
    }

    private static List<NamedStrategy> named(List<String> strategies) {
        if (strategies.isEmpty()) {
            throw new IllegalArgumentException("strategies: none (expected: one or more)");
        }
        return strategies.stream().map(NamedStrategy::parse).toList();
    }

    private List<ReportRow> rows(List<NamedStrategy> named, List<Future<Tally>> runs) throws InterruptedException {
        List<ReportRow> rows = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            String name = named.get(i).text();
            Tally tally = result(name, runs.get(i));
            rows.add(new ReportRow(name, tally.figures(plan.engines()), tally.decisions()));
        }
        return rows;
    }

    private static Tally result(String name, Future<Tally> run) throws InterruptedException {
        try {
            return run.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the strategy " + name + " failed: " + e.getCause(), e.getCause());
        }
    }
}
