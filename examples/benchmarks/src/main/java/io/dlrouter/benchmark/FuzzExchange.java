package io.dlrouter.benchmark;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A mutant sent over a connection of its own, and what came of it.
 *
 * @param text the status and error of its last response, or what came instead
 * @param wrong whether no gateway may do that
 */
record FuzzExchange(Mutant mutant, String text, boolean wrong) {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration MOMENT = Duration.ofMillis(100);

    static FuzzExchange of(Mutant mutant, int port) throws IOException {
        Random random = new Random(~mutant.seed());
        Wire wire = new Wire(port, LIMIT);
        try {
            send(mutant.bytes(), wire, random);
            return random.nextInt(20) == 0 ? new FuzzExchange(mutant, "left at once", false) : answered(mutant, wire);
        } finally {
            wire.reset();
        }
    }

    /** In one piece or in two. What the gateway has refused already need not be sent to its end. */
    private static void send(byte[] bytes, Wire wire, Random random) {
        int cut = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
        try {
            wire.send(Arrays.copyOf(bytes, cut));
            if (cut < bytes.length) {
                LockSupport.parkNanos(MOMENT.toNanos() / 50);
                wire.send(Arrays.copyOfRange(bytes, cut, bytes.length));
            }
        } catch (IOException refused) {
            // its response is still to be read
        }
    }

    private static FuzzExchange answered(Mutant mutant, Wire wire) {
        try {
            Head head = answer(mutant, wire);
            boolean ownFailure = head.status() == 500 && head.header("x-engine").isEmpty();
            return new FuzzExchange(mutant, head.text(), ownFailure);
        } catch (SocketTimeoutException e) {
            return new FuzzExchange(mutant, "unanswered within " + LIMIT.toSeconds() + " s", true);
        } catch (EOFException | SocketException e) {
            return new FuzzExchange(
                    mutant, (mutant.complete() ? "" : "maybe half-sent: ") + e.getMessage(), mutant.complete());
        } catch (IOException e) {
            return new FuzzExchange(mutant, "malformed answer: " + e.getMessage(), true);
        }
    }

    private static Head answer(Mutant mutant, Wire wire) throws IOException {
        Head head = mutant.complete() ? wire.head() : wire.headOfWhatMayBeHalf(MOMENT);
        if (!mutant.bodiless()) {
            wire.body(head);
        }
        if (mutant.requests() == 1 || head.last() || !mutant.complete()) {
            return head;
        }
        return secondAnswer(mutant, head, wire);
    }

    /** A connection may end after a refusal, whose request was perhaps not read to its end, and does in HTTP/1.0. */
    private static Head secondAnswer(Mutant mutant, Head first, Wire wire) throws IOException {
        try {
            Head second = wire.head();
            wire.body(second);
            return second;
        } catch (EOFException | SocketException closed) {
            if (first.status() < 400 && !mutant.text().contains(" HTTP/1.0\r\n")) {
                throw closed;
            }
            return first;
        }
    }

    /** A line with all that it takes to repeat it. */
    String line() {
        return mutant.seed() + " " + text + " " + mutant.hex();
    }
}
