package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.LegFailedException;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Engines over real sockets, and the links between them. */
abstract class LinkFixture {
    static final Patience QUICK = new Patience(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            8,
            Duration.ofMillis(2),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10));

    private static final long PATIENCE_SECONDS = 20;

    final Journal journal = new Journal();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final NodeClient client = new JdkNodeClient();
    final ScriptedEngine prefill = engine("P");
    final ScriptedEngine decode = engine("D");
    final PdLinks links = links(QUICK);

    final ScriptedEngine engine(String name) {
        ScriptedEngine engine = new ScriptedEngine(name, journal);
        opened.add(engine);
        return engine;
    }

    final PdLinks links(Patience patience, String... options) {
        Map<String, String> named = options.length == 0 ? Map.of() : Map.of(options[0], options[1]);
        PdLinks made = new PdLinks(client, LmdeployOptions.of(named), patience);
        opened.add(made);
        return made;
    }

    @AfterEach
    final void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    /** The link between the two engines, for which this does not wait. */
    final CompletableFuture<Void> link() {
        return links.link(prefill.node(), decode.node());
    }

    /** Takes the link between the two engines into use, and says that it is broken. */
    final void breakLink() {
        try (NodeLinks.Use use = links.use(prefill.node(), decode.node()).orElseThrow()) {
            use.broken();
        }
    }

    /** Waits for a link. */
    static void await(CompletableFuture<Void> link) throws Exception {
        link.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Waits for a link that fails, for the reason that this returns. */
    static LegFailedException failure(CompletableFuture<Void> link) {
        List<LegFailedException> failures = new ArrayList<>();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> await(link))
                .satisfies(
                        e -> assertThat(e.getCause()).isInstanceOfSatisfying(LegFailedException.class, failures::add));
        return failures.get(0);
    }

    /** What was begun is done before a link to the same engines can be made, so that has the next calls. */
    final void assertThatNothingElseIsCalled() throws Exception {
        ScriptedEngine last = engine("P9");
        await(links.link(last.node(), decode.node()));
        assertThat(journal.next(6)).isEqualTo(Journal.handshake("P9", "D"));
        assertThat(journal.left()).isEmpty();
    }
}
