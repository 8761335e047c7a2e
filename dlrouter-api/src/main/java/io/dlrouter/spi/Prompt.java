package io.dlrouter.spi;

/**
 * A prompt as the prefix cache of an engine sees it: in the order of rendering, tools before messages, divided into
 * blocks of equal length. The hash of a block covers all blocks before it, so hashes of two prompts are equal up to
 * their first difference. Immutable.
 */
public final class Prompt {
    /** An empty prompt. */
    public static final Prompt EMPTY = new Prompt(Unit.BYTES, 0, 1);

    private final Unit unit;
    private final long length;
    private final int blockLength;
    private final long[] blocks;

    private Prompt(Unit unit, long length, int blockLength, long... blocks) {
        this.unit = unit;
        this.length = length;
        this.blockLength = blockLength;
        this.blocks = blocks;
    }

    /** The unit of lengths. */
    public enum Unit {
        /** Bytes of UTF-8 text; a token has a few. */
        BYTES,
        /** Token ids. */
        TOKENS
    }

    /**
     * A prompt with these blocks.
     *
     * @param length of the whole prompt, including the part after its last block
     * @param blockLength of each block; the last one may be shorter
     * @param blocks the chained hashes, which are copied
     */
    public static Prompt of(Unit unit, long length, int blockLength, long... blocks) {
        if (length < 0 || blockLength < 1 || (blocks.length - 1L) * blockLength > length) {
            throw new IllegalArgumentException("prompt: " + blocks.length + " blocks of " + blockLength + " in "
                    + length + " (expected: a length of 0 or more with all blocks in it, each of 1 or more)");
        }
        return new Prompt(unit, length, blockLength, blocks.clone());
    }

    /** The unit of its lengths. */
    public Unit unit() {
        return unit;
    }

    /** The length of the whole prompt, including the part after its last block. */
    public long length() {
        return length;
    }

    /** The length of each block; the last one may be shorter. */
    public int blockLength() {
        return blockLength;
    }

    /** The number of blocks. */
    public int blocks() {
        return blocks.length;
    }

    /** The hash of a block and all blocks before it. */
    public long block(int index) {
        return blocks[index];
    }

    @Override
    public String toString() {
        return length + " " + unit + " in " + blocks.length + " blocks";
    }
}
