package io.dlrouter.core.strategy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The blocks that at least one node holds, by their hashes. Used under the lock of a pool. */
final class BlockTable {
    private static final int SMALLEST = 1024;
    /** Clients make the hashes, and must not know which of them meet in one slot. */
    private static final long SECRET = new SplittableRandom().nextLong() | 1;

    private @Nullable Block[] slots = new Block[SMALLEST];
    private int size;

    /** A block, and the first of the nodes that hold it. */
    static final class Block {
        private final long hash;
        private @Nullable Block sameSlot;
        PrefixIndex.@Nullable Copy copies;
        int count;

        private Block(long hash, @Nullable Block sameSlot) {
            this.hash = hash;
            this.sameSlot = sameSlot;
        }
    }

    int size() {
        return size;
    }

    private int slot(long hash) {
        return (int) ((hash * SECRET) >>> 32) & (slots.length - 1);
    }

    @Nullable
    Block find(long hash) {
        Block block = slots[slot(hash)];
        while (block != null && block.hash != hash) {
            block = block.sameSlot;
        }
        return block;
    }

    Block findOrAdd(long hash) {
        Block known = find(hash);
        if (known != null) {
            return known;
        }
        if (++size > slots.length) {
            grow();
        }
        Block added = new Block(hash, slots[slot(hash)]);
        slots[slot(hash)] = added;
        return added;
    }

    private void grow() {
        @Nullable Block[] before = slots;
        slots = new Block[2 * before.length];
        Arrays.stream(before).forEach(this::move);
    }

    private void move(@Nullable Block first) {
        Block block = first;
        while (block != null) {
            Block following = block.sameSlot;
            block.sameSlot = slots[slot(block.hash)];
            slots[slot(block.hash)] = block;
            block = following;
        }
    }

    void remove(Block gone) {
        size--;
        int slot = slot(gone.hash);
        Block block = slots[slot];
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
