package io.dlrouter.core.strategy;

import io.dlrouter.core.strategy.BlockTable.Block;
import io.dlrouter.spi.Prompt;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of prompts that each node is assumed to hold. A node holds no block without its predecessors: the blocks of a
 * prompt are used from the last to the first, and the least recently used ones are evicted first. So if a block and the
 * next one have the same number of holders, the holders are the same, and one walk over the blocks of a prompt matches it
 * to all nodes, however many share its beginning.
 *
 * <p>A block that one node holds takes about 90 bytes of a 64-bit JVM, and each further node that holds it 48. Used under
 * the lock of a pool.
 */
final class PrefixIndex {
    private final BlockTable<Copy> table = new BlockTable<>();
    private final List<Block<Copy>> path = new ArrayList<>();
    private long uses;
    private long matchings;
    /** The prompt of the last match; null if the index has changed since. */
    private @Nullable Prompt matched;

    /** A block on a node, in the lists of the block and of the node. */
    static final class Copy {
        private final Block<Copy> block;
        /** The block before it in the prompt. */
        private final @Nullable Copy before;
        /** Null once it is removed. */
        private @Nullable Holder holder;

        private @Nullable Copy previous;
        private @Nullable Copy next;
        private @Nullable Copy older;
        private @Nullable Copy newer;
        private long used;
        /** Whether the node has computed it, and was not only sent it. */
        private boolean read;
        /** The number of queued requests with it, if the node has not computed it. */
        private int queued;

        private Copy(Block<Copy> block, @Nullable Copy before, Holder holder) {
            this.block = block;
            this.before = before;
            this.holder = holder;
        }

        private Copy first() {
            Copy first = this;
            while (first.before != null) {
                first = first.before;
            }
            return first;
        }
    }

    /** A node with its blocks, in order of last use. */
    static final class Holder {
        private @Nullable Copy oldest;
        private @Nullable Copy newest;
        private int size;

        private long matching;
        private int matchedBlocks;
        private @Nullable Copy lastMatched;

        /** The number of its blocks. */
        int size() {
            return size;
        }

        private void match(long number, int blocks, Copy last) {
            if (matching != number) {
                matching = number;
                matchedBlocks = blocks;
                lastMatched = last;
            }
        }

        private void append(Copy copy) {
            size++;
            copy.older = newest;
            copy.newer = null;
            if (newest == null) {
                oldest = copy;
            } else {
                newest.newer = copy;
            }
            newest = copy;
        }

        private void remove(Copy copy) {
            size--;
            if (copy.older == null) {
                oldest = copy.newer;
            } else {
                copy.older.newer = copy.newer;
            }
            if (copy.newer == null) {
                newest = copy.older;
            } else {
                copy.newer.older = copy.older;
            }
        }
    }

    /**
     * The blocks of a prompt on a node, and their earlier uses.
     *
     * @param last the last block of the prompt that the node takes or holds; null if there is none
     * @param capacity the capacity of the node in blocks
     * @param read the number of blocks that it had computed before
     * @param firstUsed the previous use of the first of those; 0 if there are none
     * @param lastUsed the previous use of the last of those; 0 if there are none
     */
    record Taken(Holder holder, @Nullable Copy last, int capacity, int read, long firstUsed, long lastUsed) {}

    /** The number of blocks on all nodes. */
    int size() {
        return table.size();
    }

    /** Matches a prompt to all nodes, for {@link #matchedBlocks}. */
    void match(Prompt prompt) {
        if (matched == prompt) {
            return;
        }
        matched = prompt;
        matchings++;
        findPath(prompt);
        int counted = 0;
        for (int i = path.size() - 1; i >= 0; i--) {
            Block<Copy> block = path.get(i);
            if (block.count > counted) {
                matchHolders(block, i + 1);
                counted = block.count;
            }
        }
    }

    private void findPath(Prompt prompt) {
        path.clear();
        boolean known = true;
        for (int i = 0; i < prompt.blocks() && known; i++) {
            Block<Copy> block = table.find(prompt.block(i));
            known = block != null;
            if (block != null) {
                path.add(block);
            }
        }
    }

    private void matchHolders(Block<Copy> block, int blocks) {
        for (Copy copy = block.copies; copy != null; copy = copy.next) {
            if (copy.holder != null) {
                copy.holder.match(matchings, blocks, copy);
            }
        }
    }

    /** How many of the first blocks of the matched prompt a node holds. */
    int matchedBlocks(Holder holder) {
        return holder.matching == matchings ? holder.matchedBlocks : 0;
    }

    /**
     * A node is about to compute a prompt: its blocks count as held from now on. Blocks beyond the capacity are evicted
     * when it has {@linkplain #read computed} it, because a node may reject the prompt.
     *
     * @param capacity the capacity of the node in blocks
     */
    Taken take(Holder holder, Prompt prompt, int capacity) {
        match(prompt);
        int held = matchedBlocks(holder);
        Copy last = held == 0 ? null : holder.lastMatched;
        int read = held;
        Copy lastRead = last;
        while (lastRead != null && !lastRead.read) {
            lastRead = lastRead.before;
            read--;
        }
        long firstUsed = lastRead == null ? 0 : lastRead.first().used;
        long lastUsed = lastRead == null ? 0 : lastRead.used;
        int all = Math.max(held, Math.min(prompt.blocks(), capacity));
        for (int i = held; i < all; i++) {
            last = add(prompt.block(i), last, holder);
        }
        use(holder, last);
        matched = null;
        return new Taken(holder, last, capacity, read, firstUsed, lastUsed);
    }

    /** The node has computed the prompt. */
    void read(Taken taken) {
        for (Copy copy = taken.last; copy != null && !copy.read; copy = copy.before) {
            copy.read = true;
        }
        shrink(taken.holder, taken.capacity);
    }

    /** The node has not computed the prompt: blocks that no other request brings are removed. */
    void release(Taken taken) {
        for (Copy copy = taken.last; copy != null && !copy.read; copy = copy.before) {
            if (--copy.queued == 0 && copy.holder != null) {
                remove(taken.holder, copy);
            }
        }
    }

    private Copy add(long hash, @Nullable Copy before, Holder holder) {
        Block<Copy> block = table.findOrAdd(hash);
        Copy copy = new Copy(block, before, holder);
        copy.next = block.copies;
        if (copy.next != null) {
            copy.next.previous = copy;
        }
        block.copies = copy;
        block.count++;
        return copy;
    }

    /** Uses a block and all before it, so that the first one is the newest. */
    private void use(Holder holder, @Nullable Copy last) {
        uses++;
        for (Copy copy = last; copy != null && copy.holder == holder; copy = copy.before) {
            if (copy.used > 0) {
                holder.remove(copy);
            }
            copy.used = uses;
            copy.queued++;
            holder.append(copy);
        }
    }

    private void shrink(Holder holder, int capacity) {
        while (holder.oldest != null && holder.size > capacity) {
            remove(holder, holder.oldest);
        }
    }

    private void remove(Holder holder, Copy copy) {
        holder.remove(copy);
        copy.holder = null;
        Block<Copy> block = copy.block;
        if (copy.previous == null) {
            block.copies = copy.next;
        } else {
            copy.previous.next = copy.next;
        }
        if (copy.next != null) {
            copy.next.previous = copy.previous;
        }
        if (--block.count == 0) {
            table.remove(block);
        }
        matched = null;
    }

    /** A node has lost all blocks that it had not used since a time. */
    void forget(Holder holder, long lastUsed) {
        while (holder.oldest != null && holder.oldest.used <= lastUsed) {
            remove(holder, holder.oldest);
        }
    }

    /** A node has lost all its blocks. */
    void forget(Holder holder) {
        shrink(holder, 0);
    }
}
