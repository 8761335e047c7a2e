package io.dlrouter.simulator;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The books of one engine about KV blocks. Leases end by the clock, whenever somebody looks. Of the transfers that are
 * over the latest are remembered. Safe for use by any thread.
 */
final class KvLedger {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Transfer> byDeadline = new ArrayDeque<>();
    private final Map<String, Transfer> transfers;
    private final long leaseNanos;
    private long issued;
    private long pulled;
    private long expired;
    private long doubleSpends;
    private long localPrefills;

    KvLedger(Duration lease, int remembered) {
        leaseNanos = lease.toNanos();
        transfers = new Remembered<>(remembered, transfer -> transfer.outcome != Outcome.HELD);
    }

    /** Holds blocks for the one that comes with this text for this request. */
    void issue(String params, String requestId, int blocks) {
        lock.lock();
        try {
            Transfer transfer = new Transfer(requestId, blocks, System.nanoTime() + leaseNanos);
            transfers.put(params, transfer);
            byDeadline.addLast(transfer);
            issued += blocks;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    KvPull pull(String params, String requestId) {
        lock.lock();
        try {
            expire();
            Transfer transfer = transfers.get(params);
            if (transfer == null) {
                return KvPull.UNKNOWN;
            }
            return transfer.requestId.equals(requestId) ? fetch(transfer) : KvPull.OTHER_REQUEST;
        } finally {
            changed.signalAll();
            lock.unlock();
        }
    }

    /** Counts a request whose prompt a decode engine had to compute itself. */
    void prefilledLocally() {
        lock.lock();
        try {
            localPrefills++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    KvBlocks blocks() {
        lock.lock();
        try {
            return current();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the books are so; false when they were not in time. */
    boolean await(Predicate<KvBlocks> state, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        lock.lock();
        try {
            for (long left = timeout.toNanos(); !state.test(current()); left = end - System.nanoTime()) {
                if (left <= 0) {
                    return false;
                }
                changed.awaitNanos(Math.min(left, nanosToNextExpiry()));
            }
            return true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private KvPull fetch(Transfer transfer) {
        return switch (transfer.outcome) {
            case HELD -> {
                transfer.outcome = Outcome.PULLED;
                pulled += transfer.blocks;
                yield KvPull.DONE;
            }
            case PULLED -> {
                doubleSpends++;
                yield KvPull.SPENT;
            }
            case EXPIRED -> KvPull.EXPIRED;
        };
    }

    private KvBlocks current() {
        expire();
        return new KvBlocks(issued, pulled, expired, issued - pulled - expired, doubleSpends, localPrefills);
    }

    /** All leases are equally long, so that the oldest end first. */
    private void expire() {
        for (Transfer oldest = byDeadline.peek(); oldest != null && oldest.isOver(); oldest = byDeadline.peek()) {
            byDeadline.remove();
            if (oldest.outcome == Outcome.HELD) {
                oldest.outcome = Outcome.EXPIRED;
                expired += oldest.blocks;
            }
        }
    }

    private long nanosToNextExpiry() {
        Transfer oldest = byDeadline.peek();
        return oldest == null ? Long.MAX_VALUE : oldest.deadline - System.nanoTime();
    }

    private enum Outcome {
        HELD,
        PULLED,
        EXPIRED
    }

    private static final class Transfer {
        private final String requestId;
        private final int blocks;
        private final long deadline;
        private Outcome outcome = Outcome.HELD;

        Transfer(String requestId, int blocks, long deadline) {
            this.requestId = requestId;
            this.blocks = blocks;
            this.deadline = deadline;
        }

        boolean isOver() {
            return outcome != Outcome.HELD || deadline - System.nanoTime() <= 0;
        }
    }
}
