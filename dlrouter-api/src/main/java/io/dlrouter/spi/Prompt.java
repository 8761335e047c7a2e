package io.dlrouter.spi;

/**
 * A prompt as the prefix cache of an engine sees it: what it will be rendered to, tools before messages, cut into blocks
 * of one length. The hash of a block stands for it and for all before it, so that two prompts begin alike as far as their
 * hashes are equal. Immutable.
 */
public final class Prompt {
    /** A prompt of nothing. */
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

    /** What the length of a prompt is counted in. */
    public enum Unit {
        /** Of text in UTF-8, of which a token takes a few. */
        BYTES,
        /** Of a prompt that is given as token ids. */
        TOKENS
    }

    /**
     * A prompt of which this is known.
     *
     * @param length of the whole, beyond its last block too
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

    /** What its length and that of its blocks are counted in. */
    public Unit unit() {
        return unit;
    }

    /** How long the whole is, beyond its last block too. */
    public long length() {
        return length;
    }

    /** How long each block is; the last one may be shorter. */
    public int blockLength() {
        return blockLength;
    }

    /** How many blocks there are. */
    public int blocks() {
        return blocks.length;
    }

    /** The hash of a block and all before it. */
    public long block(int index) {
        return blocks[index];
    }

    @Override
    public String toString() {
        return length + " " + unit + " in " + blocks.length + " blocks";
    }
}
