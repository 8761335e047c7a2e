package io.dlrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Cancellation.Registration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationTest {
    private final Cancellation cancellation = new Cancellation();
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void isCancelled_wordGiven_staysTrue() {
        assertThat(cancellation.isCancelled()).isFalse();

        cancellation.cancel();
        cancellation.cancel();

        assertThat(cancellation.isCancelled()).isTrue();
    }

    @Test
    void cancel_twice_runsEachActionOnceInOrder() {
        List<String> ran = new ArrayList<>();
        keep(cancellation.onCancel(() -> ran.add("first")));
        keep(cancellation.onCancel(() -> ran.add("second")));

        cancellation.cancel();
        cancellation.cancel();

        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void onCancel_wordGivenBefore_runsAtOnce() {
        cancellation.cancel();

        keep(cancellation.onCancel(runs::incrementAndGet));

        assertThat(runs).hasValue(1);
    }

    @Test
    void close_beforeTheWord_takesOnlyItsOwnActionOut() {
        Registration unwanted = cancellation.onCancel(() -> runs.addAndGet(100));
        keep(cancellation.onCancel(runs::incrementAndGet));

        unwanted.close();
        unwanted.close();
        cancellation.cancel();

        assertThat(runs).hasValue(1);
    }

    @Test
    void close_afterTheWord_isHarmless() {
        Registration registration = cancellation.onCancel(runs::incrementAndGet);

        cancellation.cancel();
        registration.close();

        assertThat(runs).hasValue(1);
        assertThat(cancellation.isCancelled()).isTrue();
    }

    @Test
    void close_sameActionRegisteredTwice_leavesTheOther() {
        Runnable action = runs::incrementAndGet;
        Registration first = cancellation.onCancel(action);
        keep(cancellation.onCancel(action));

        first.close();
        cancellation.cancel();

        assertThat(runs).hasValue(1);
    }

    @Test
    void cancel_whileManyRegister_runsEachActionOnce() throws Exception {
        int each = 1_000;
        Callable<Void> registering = () -> {
            for (int i = 0; i < each; i++) {
                keep(cancellation.onCancel(runs::incrementAndGet));
                cancellation.onCancel(() -> {}).close();
            }
            return null;
        };
        List<Callable<Void>> callers = new ArrayList<>(Collections.nCopies(4, registering));
        callers.add(2, () -> {
            cancellation.cancel();
            return null;
        });

        ExecutorService threads = Executors.newFixedThreadPool(callers.size());
        try {
            for (Future<Void> done : threads.invokeAll(callers)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(runs).hasValue(4 * each);
    }

    /** Registered for good: the test is not about taking it out. */
    private static void keep(Registration registration) {
        assertThat(registration).isNotNull();
    }
}
