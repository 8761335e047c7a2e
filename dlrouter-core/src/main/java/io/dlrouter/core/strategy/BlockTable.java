package io.dlrouter.core.strategy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that at least one node holds, by their hashes. Used under the lock of a pool.
 *
 * @param <C> a copy of a block on one node
 */
final class BlockTable<C> {
    private static final int SMALLEST = 1024;
    /** Clients determine the hashes, and must not be able to predict collisions of slots. */
    private static final long SECRET = new SplittableRandom().nextLong() | 1;

    private @Nullable Block<C>[] slots = newSlots(SMALLEST);
    private int size;

    /** A block, and the first of the nodes that hold it. */
    static final class Block<C> {
        private final long hash;
        private @Nullable Block<C> sameSlot;

        @Nullable
        C copies;

        int count;

        private Block(long hash, @Nullable Block<C> sameSlot) {
            this.hash = hash;
            this.sameSlot = sameSlot;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    private static <C> @Nullable Block<C>[] newSlots(int length) {
        return new Block[length];
    }

    int size() {
        return size;
    }

    private int slot(long hash) {
        return (int) ((hash * SECRET) >>> 32) & (slots.length - 1);
    }

    @Nullable
    Block<C> find(long hash) {
        Block<C> block = slots[slot(hash)];
        while (block != null && block.hash != hash) {
            block = block.sameSlot;
        }
        return block;
    }

    Block<C> findOrAdd(long hash) {
        Block<C> known = find(hash);
        if (known != null) {
            return known;
        }
        if (++size > slots.length) {
            grow();
        }
        Block<C> added = new Block<>(hash, slots[slot(hash)]);
        slots[slot(hash)] = added;
        return added;
    }

    private void grow() {
        @Nullable Block<C>[] before = slots;
        slots = newSlots(2 * before.length);
        Arrays.stream(before).forEach(this::move);
    }

    private void move(@Nullable Block<C> first) {
        Block<C> block = first;
        while (block != null) {
            Block<C> following = block.sameSlot;
            block.sameSlot = slots[slot(block.hash)];
            slots[slot(block.hash)] = block;
            block = following;
        }
    }

    void remove(Block<C> gone) {
        size--;
        int slot = slot(gone.hash);
        Block<C> block = slots[slot];
        if (block == gone) {
            slots[slot] = gone.sameSlot;
        }
        while (block != null && block != gone) {
            if (block.sameSlot == gone) {
                block.sameSlot = gone.sameSlot;
            }
            block = block.sameSlot;
        }
    }
}
