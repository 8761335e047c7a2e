package io.dlrouter.backend.lmdeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TurnsTest {
    /** Work whose turn has come, which a test lets run when it wants. */
    private final Queue<Runnable> begun = new ArrayDeque<>();

    private final List<String> done = new ArrayList<>();
    private final Turns turns = new Turns(begun::add);

    @Test
    void take_engineTaken_waitsAndHoldsNoOther() {
        take("first", "p1", "d1");
        take("second", "p2", "d1");
        take("unrelated", "p2", "d2");

        assertThat(begun).hasSize(2);
        assertThat(turns.isBusy("d1")).isTrue();

        runNext();
        runNext();
        runNext();

        assertThat(done).containsExactly("first", "unrelated", "second");
        assertThat(turns.isBusy("d1")).isFalse();
    }

    @Test
    void take_sameEngines_isInTheOrderOfAsking() {
        take("link", "p", "d");
        take("drop", "d");
        take("link again", "p", "d");

        runNext();
        assertThat(begun).hasSize(1);
        runNext();
        runNext();

        assertThat(done).containsExactly("link", "drop", "link again");
    }

    @Test
    void take_workThatFails_freesItsEngines() {
        turns.take(Set.of("p", "d"), () -> {
            throw new IllegalStateException("broken");
        });
        take("next", "p", "d");

        assertThat(begun).hasSize(1);
        assertThatIllegalStateException().isThrownBy(this::runNext);
        runNext();

        assertThat(done).containsExactly("next");
    }

    @Test
    void idle_workUnderWay_completesAfterTheLast() {
        assertThat(turns.idle()).isCompleted();
        take("first", "p1", "d1");
        CompletableFuture<Void> idle = turns.idle();
        take("behind", "p1");
        take("unrelated", "p2");

        runNext();
        runNext();
        assertThat(idle).isNotDone();
        runNext();

        assertThat(idle).isCompleted();
        assertThat(done).containsExactly("first", "unrelated", "behind");
        take("next", "p1");
        assertThat(turns.idle()).isNotDone();
    }

    @Test
    void idle_workThatWaitsForTheOnlyWorkUnderWay_completesAfterIt() {
        take("first", "p", "d");
        take("behind", "p", "d");
        CompletableFuture<Void> idle = turns.idle();

        runNext();
        assertThat(idle).isNotDone();
        runNext();

        assertThat(idle).isCompleted();
    }

    private void take(String name, String... engines) {
        turns.take(Set.of(engines), () -> done.add(name));
    }

    private void runNext() {
        begun.remove().run();
    }
}
