package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.LegFailedException;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.testkit.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Scripted engines, and the links between them on a fake clock and the test's own thread. */
abstract class LinkFixture {
    static final Patience QUICK = new Patience(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            8,
            Duration.ofMillis(2),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10));

    final Journal journal = new Journal();
    final FakeClock clock = new FakeClock();
    final StepExecutor threads = new StepExecutor();
    final ScriptedClient client = new ScriptedClient();
    final ScriptedEngine prefill = engine("P");
    final ScriptedEngine decode = engine("D");
    final PdLinks links = links(QUICK);

    final ScriptedEngine engine(String name) {
        ScriptedEngine engine = new ScriptedEngine(name, journal, clock);
        client.add(engine);
        return engine;
    }

    final PdLinks links(Patience patience, String... options) {
        Map<String, String> named = options.length == 0 ? Map.of() : Map.of(options[0], options[1]);
        return new PdLinks(client, LmdeployOptions.of(named), patience, clock, threads);
    }

    /** The link between the two engines, of which nothing has been done yet. */
    final CompletableFuture<Void> link() {
        return links.link(prefill.node(), decode.node());
    }

    /** Takes the link between the two engines into use, and says that it is broken. */
    final void breakLink() {
        try (NodeLinks.Use use = links.use(prefill.node(), decode.node()).orElseThrow()) {
            use.broken();
        }
    }

    /** Does what has been begun, and moves the clock on as long as a link waits for it. */
    final void complete(CompletableFuture<Void> link) {
        threads.runAll();
        while (!link.isDone()) {
            clock.advance(clock.untilNextTask().orElseThrow());
            threads.runAll();
        }
    }

    /** Does what has been begun until a link stands. */
    final void await(CompletableFuture<Void> link) {
        complete(link);
        assertThat(link).isCompleted();
    }

    /** Does what has been begun until a link has failed, for the reason that this returns. */
    final LegFailedException failure(CompletableFuture<Void> link) {
        complete(link);
        List<LegFailedException> failures = new ArrayList<>();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(link::get)
                .satisfies(
                        e -> assertThat(e.getCause()).isInstanceOfSatisfying(LegFailedException.class, failures::add));
        return failures.get(0);
    }

    /** Does what has been begun, and gives the next calls. */
    final List<String> calls(int count) {
        threads.runAll();
        return journal.next(count);
    }

    final void assertThatNothingElseIsCalled() {
        threads.runAll();
        assertThat(journal.left()).isEmpty();
    }
}
