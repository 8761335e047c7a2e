package io.dlrouter.benchmark;

import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.SimulatedEngine;
import io.dlrouter.simulator.SimulatedEngineBuilder;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Simulated vLLM engines of one model in this process. Closing them frees their ports. */
record Engines(List<SimulatedEngine> list) implements AutoCloseable {
    Engines {
        list = List.copyOf(list);
    }

    static Engines start(int count, UnaryOperator<SimulatedEngineBuilder> options) {
        return new Engines(Stream.generate(() -> options.apply(SimulatedEngine.builder(EngineKind.VLLM)
                                .model("demo")
                                .recordLast(10))
                        .start())
                .limit(count)
                .toList());
    }

    /** Engines that say so many tokens at this pace. */
    static Engines start(int count, int tokens, Duration firstToken, Duration eachToken) {
        return start(
                count,
                engine -> engine.tokens(tokens).timeToFirstToken(firstToken).timePerToken(eachToken));
    }

    String urls() {
        return list.stream().map(SimulatedEngine::url).collect(Collectors.joining(","));
    }

    SimulatedEngine get(int index) {
        return list.get(index);
    }

    /** How many requests they have received, probes included. */
    long requests() {
        return list.stream().mapToLong(SimulatedEngine::requestCount).sum();
    }

    /** What a router did wrong, by the engines' own rules. */
    List<String> violations() {
        return list.stream().flatMap(engine -> engine.violations().stream()).toList();
    }

    @Override
    public void close() {
        list.forEach(SimulatedEngine::close);
    }
}
