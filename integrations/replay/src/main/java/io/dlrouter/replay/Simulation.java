package io.dlrouter.replay;

import io.dlrouter.spi.Node;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.spi.SelectionObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * One strategy's way through a trace: every request is placed as the router does it, and taken by an engine that works on
 * a virtual clock.
 */
final class Simulation {
    private final Trace trace;
    private final EngineModel model;
    private final FleetPlan plan;
    private final RoutingStrategy strategy;
    private final Runnable progress;
    private final Agenda agenda = new Agenda();
    private final Tally tally;
    private final List<Engine> engines = new ArrayList<>();
    private RoutingStrategy.Selector selector = context -> {
        throw new IllegalStateException("there is no engine yet");
    };

    /**
     * @param strategy to be used by this simulation alone
     * @param progress told of every request that was placed
     */
    Simulation(Trace trace, EngineModel model, FleetPlan plan, RoutingStrategy strategy, Runnable progress) {
        this.trace = trace;
        this.model = model;
        this.plan = plan;
        this.strategy = strategy;
        this.progress = progress;
        this.tally = new Tally(trace.size());
    }

    /** Runs it to the end of the last response. */
    Tally run() {
        for (int i = 0; i < plan.engines(); i++) {
            add();
        }
        choose();
        plan.joins().forEach(time -> agenda.at(time.toNanos(), this::join));
        plan.restarts().forEach(restart -> agenda.at(restart.at().toNanos(), () -> restart(restart.engine())));
        for (int i = 0; i < trace.size(); i++) {
            int number = i;
            agenda.at(trace.requests().get(i).nanoTime(), () -> place(number));
        }
        agenda.run();
        return tally;
    }

    private void join() {
        add();
        choose();
    }

    private void add() {
        engines.add(new Engine(engines.size(), model, blocksOfTrace(), agenda, tally));
        tally.joined();
    }

    /** How many blocks of the trace a cache holds: those of a log may be of another length. */
    private int blocksOfTrace() {
        return (int) Math.max(1, Math.round(model.cacheTokens() / trace.tokensPerBlock()));
    }

    private void choose() {
        selector = strategy.selectorFor(engines.stream().map(Engine::node).toList());
    }

    /** An engine that has not joined by then starts with an empty cache anyway. */
    private void restart(int number) {
        if (number < engines.size()) {
            engines.get(number).restart();
        }
    }

    private void place(int number) {
        TraceRequest request = trace.requests().get(number);
        RoutingContext context = new ReplayContext(number, request.prompt(), request.nanoTime());
        long start = System.nanoTime();
        selector.prepare(context);
        Engine engine = engine(selector.select(context));
        engine.node().begin();
        SelectionObserver observer = strategy.observer(context, engine.node());
        tally.placed(engine.node().number(), System.nanoTime() - start);
        engine.take(request, observer);
        progress.run();
    }

    private Engine engine(Node chosen) {
        if (chosen instanceof ReplayNode node) {
            return engines.get(node.number());
        }
        throw new IllegalStateException(strategy.getClass().getName() + " selected " + chosen
                + " (expected: one of the nodes that its selector was made for)");
    }
}
