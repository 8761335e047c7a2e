package io.dlrouter.core.request;

import io.dlrouter.spi.Prompt;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The blocks of a prompt as it is read from front to end. The content of a block is hashed with CRC-32C, which is one
 * instruction of the CPU for eight bytes, and each hash is chained to the one before it in 64 bits. A collision costs a
 * wrong estimate and nothing else.
 */
final class PromptBlocks {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final Prompt.Unit unit;
    private final int blockLength;
    private final CRC32C content = new CRC32C();
    private long[] hashes = new long[64];
    private int count;
    private long chain = GOLDEN;
    private long length;
    private int inBlock;

    PromptBlocks(Prompt.Unit unit, int blockLength) {
        this.unit = unit;
        this.blockLength = blockLength;
    }

    /** Sets apart what is equal from here on and must not be taken for the same. */
    void salt(byte[] text, int from, int to) {
        content.update(text, from, to - from);
        link();
    }

    /** Adds text, each byte of which is one unit. */
    void text(byte[] text, int from, int to) {
        int here = from;
        while (here < to) {
            int taken = Math.min(to - here, blockLength - inBlock);
            content.update(text, here, taken);
            here += taken;
            add(taken);
        }
    }

    /** Adds one byte of text. */
    void text(int one) {
        content.update(one);
        add(1);
    }

    /** Adds one token, by the digits of its id. */
    void token(byte[] text, int from, int to) {
        content.update(text, from, to - from);
        content.update(',');
        add(1);
    }

    private void add(int units) {
        length += units;
        inBlock += units;
        if (inBlock == blockLength) {
            close();
        }
    }

    private void close() {
        link();
        if (count == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * count);
        }
        hashes[count++] = chain;
        inBlock = 0;
    }

    private void link() {
        long mixed = (chain ^ content.getValue()) * GOLDEN;
        chain = mixed ^ (mixed >>> 32);
        content.reset();
    }

    /** The prompt so far. What does not fill a block counts towards its length, and has no hash: engines do not keep it. */
    Prompt prompt() {
        return Prompt.of(unit, length, blockLength, Arrays.copyOf(hashes, count));
    }
}
