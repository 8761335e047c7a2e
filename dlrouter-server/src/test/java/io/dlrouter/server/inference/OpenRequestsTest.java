package io.dlrouter.server.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class OpenRequestsTest {

    @Test
    void admit_limitReached_isRejectedUntilOneIsReleased() {
        OpenRequests open = new OpenRequests(2);
        OpenRequests.Permit first = open.admit();
        assertThat(first.rejection()).isEmpty();
        assertThat(open.admit().rejection()).isEmpty();

        assertThat(open.admit().rejection()).hasValueSatisfying(rejection -> {
            assertThat(rejection.status()).isEqualTo(429);
            assertThat(rejection.headers()).containsEntry("Retry-After", "1");
        });
        assertThat(open.count()).isEqualTo(2);

        first.release();
        first.release();
        assertThat(open.admit().rejection()).isEmpty();
        assertThat(open.admit().rejection()).isPresent();
        assertThat(open.count()).isEqualTo(3);
        first.close();
        assertThat(open.count()).isEqualTo(2);
        assertThat(open.admit().rejection()).isPresent();
    }

    @Test
    void admit_noLimit_isNeverRejected() {
        OpenRequests open = new OpenRequests(0);

        for (int i = 0; i < 10_000; i++) {
            assertThat(open.admit().rejection()).isEmpty();
        }
    }

    @Test
    void enter_retiring_isLetInStill() {
        OpenRequests open = new OpenRequests(0);
        assertThat(open.isUnready()).isFalse();

        open.markUnready();

        assertThat(open.isUnready()).isTrue();
        assertThat(open.admit().rejection()).isEmpty();
    }

    @Test
    void admit_closed_isRejectedAsShuttingDown() {
        OpenRequests open = new OpenRequests(0);
        open.close();

        assertThat(open.admit().rejection()).hasValueSatisfying(rejection -> {
            assertThat(rejection.status()).isEqualTo(503);
            assertThat(rejection.headers()).containsEntry("Connection", "close").containsKey("Retry-After");
        });
        assertThat(open.count()).isZero();
    }

    @Test
    void awaitNone_lastOneEnds_returns() throws Exception {
        OpenRequests open = new OpenRequests(0);
        OpenRequests.Permit first = open.admit();
        OpenRequests.Permit last = open.admit();
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
