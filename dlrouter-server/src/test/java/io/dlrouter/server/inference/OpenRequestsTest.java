package io.dlrouter.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class OpenRequestsTest {

    @Test
    void enter_limitReached_isRefusedUntilOneIsReleased() {
        OpenRequests open = new OpenRequests(2);
        OpenRequests.Permit first = open.enter();
        assertThat(first.refusal()).isEmpty();
        assertThat(open.enter().refusal()).isEmpty();

        assertThat(open.enter().refusal()).hasValueSatisfying(refusal -> {
            assertThat(refusal.status()).isEqualTo(429);
            assertThat(refusal.headers()).containsEntry("Retry-After", "1");
        });
        assertThat(open.count()).isEqualTo(2);

        first.release();
        first.release();
        assertThat(open.enter().refusal()).isEmpty();
        assertThat(open.enter().refusal()).isPresent();
        assertThat(open.count()).isEqualTo(3);
        first.close();
        assertThat(open.count()).isEqualTo(2);
        assertThat(open.enter().refusal()).isPresent();
    }

    @Test
    void enter_noLimit_isNeverRefused() {
        OpenRequests open = new OpenRequests(0);

        for (int i = 0; i < 10_000; i++) {
            assertThat(open.enter().refusal()).isEmpty();
        }
    }

    @Test
    void enter_retiring_isLetInStill() {
        OpenRequests open = new OpenRequests(0);
        assertThat(open.isRetiring()).isFalse();

        open.retire();

        assertThat(open.isRetiring()).isTrue();
        assertThat(open.enter().refusal()).isEmpty();
    }

    @Test
    void enter_closed_isRefusedAsShuttingDown() {
        OpenRequests open = new OpenRequests(0);
        open.close();

        assertThat(open.enter().refusal()).hasValueSatisfying(refusal -> {
            assertThat(refusal.status()).isEqualTo(503);
            assertThat(refusal.headers()).containsEntry("Connection", "close").containsKey("Retry-After");
        });
        assertThat(open.count()).isZero();
    }

    @Test
    void awaitNone_lastOneLeaves_returns() throws Exception {
        OpenRequests open = new OpenRequests(0);
        OpenRequests.Permit first = open.enter();
        OpenRequests.Permit last = open.enter();
        open.close();
        assertThat(open.awaitNone(Duration.ofMillis(1))).isFalse();

        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> await(open));
        first.close();
        last.release();
        assertThat(waiting).isNotDone();
        last.close();

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
    }

    private static boolean await(OpenRequests open) {
        try {
            return open.awaitNone(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
