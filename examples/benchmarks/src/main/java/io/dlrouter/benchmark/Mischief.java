package io.dlrouter.benchmark;

import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Lets engines fail at random, one after the other, in all the ways they can; at the end all of them are sound again. */
final class Mischief {
    private static final List<Fault> FAULTS = List.of(
            Fault.status(429).retryAfter("1"),
            Fault.status(400),
            Fault.status(500),
            Fault.status(503),
            Fault.internalError(),
            Fault.hangBeforeHeaders(),
            Fault.hangAfterHeaders(),
            Fault.hangAfterEvents(3),
            Fault.cutBeforeHeaders(),
            Fault.cutAfterHeaders(),
            Fault.cutAfterEvents(4),
            Fault.cutAfterBytes(700),
            Fault.resetBeforeHeaders(),
            Fault.resetAfterHeaders(),
            Fault.resetAfterEvents(5),
            Fault.resetAfterBytes(900),
            Fault.delay(Duration.ofSeconds(2)),
            Fault.byteByByte(),
            Fault.trickle(Duration.ofMillis(500)),
            Fault.status(500).onPath("/health"));

    private final Engines engines;
    private final Random random;
    private final ScheduledExecutorService fate = Executors.newSingleThreadScheduledExecutor();

    Mischief(Engines engines, Random random) {
        this.engines = engines;
        this.random = random;
        ScheduledFuture<?> unusedFaults = fate.scheduleWithFixedDelay(this::fail, 50, 50, TimeUnit.MILLISECONDS);
        ScheduledFuture<?> unusedStops = fate.scheduleWithFixedDelay(this::stop, 2, 3, TimeUnit.SECONDS);
    }

    private SimulatedEngine victim() {
        return Mutant.oneOf(engines.list(), random);
    }

    private void fail() {
        victim().inject(Mutant.oneOf(FAULTS, random).times(1 + random.nextInt(3)));
    }

    private void stop() {
        SimulatedEngine stopped = victim();
        stopped.stop();
        ScheduledFuture<?> unusedReturn = fate.schedule(stopped::restart, random.nextInt(3000), TimeUnit.MILLISECONDS);
    }

    /** Does no more, and undoes what can be undone; what hangs goes on hanging. */
    void end() {
        CompletableFuture.runAsync(this::restore, fate).join();
    }

    private void restore() {
        fate.shutdownNow();
        engines.list().forEach(SimulatedEngine::clearFaults);
        engines.list().forEach(SimulatedEngine::restart);
    }
}
