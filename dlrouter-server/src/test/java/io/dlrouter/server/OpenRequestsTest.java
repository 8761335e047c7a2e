package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class OpenRequestsTest {

    @Test
    void enter_limitReached_isRefusedUntilOneLeaves() {
        OpenRequests open = new OpenRequests(2);
        assertThat(open.enter()).isEmpty();
        assertThat(open.enter()).isEmpty();

        assertThat(open.enter()).hasValueSatisfying(refusal -> {
            assertThat(refusal.status()).isEqualTo(429);
            assertThat(refusal.headers()).containsEntry("Retry-After", "1");
        });
        assertThat(open.count()).isEqualTo(2);

        open.leave();
        assertThat(open.enter()).isEmpty();
    }

    @Test
    void enter_noLimit_isNeverRefused() {
        OpenRequests open = new OpenRequests(0);

        for (int i = 0; i < 10_000; i++) {
            assertThat(open.enter()).isEmpty();
        }
    }

    @Test
    void enter_retiring_isLetInStill() {
        OpenRequests open = new OpenRequests(0);
        assertThat(open.isRetiring()).isFalse();

        open.retire();

        assertThat(open.isRetiring()).isTrue();
        assertThat(open.enter()).isEmpty();
    }

    @Test
    void enter_closed_isRefusedAsShuttingDown() {
        OpenRequests open = new OpenRequests(0);
        open.close();

        assertThat(open.enter()).hasValueSatisfying(refusal -> {
            assertThat(refusal.status()).isEqualTo(503);
            assertThat(refusal.headers()).containsEntry("Connection", "close").containsKey("Retry-After");
        });
        assertThat(open.count()).isZero();
    }

    @Test
    void awaitNone_lastOneLeaves_returns() throws Exception {
        OpenRequests open = new OpenRequests(0);
        open.enter();
        open.enter();
        open.close();
        assertThat(open.awaitNone(Duration.ofMillis(1))).isFalse();

        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> await(open));
        open.leave();
        assertThat(waiting).isNotDone();
        open.leave();

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
