package io.dlrouter.core.request;

import io.dlrouter.spi.Prompt;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The blocks of a prompt that is read from front to end. The content of a block is hashed with CRC-32C, one CPU
 * instruction for eight bytes, and each hash is chained to the previous one in 64 bits. A collision only makes an
 * estimate wrong.
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

    /** Separates equal content after this point, such as prompts with different salts. */
    void salt(byte[] text, int from, int to) {
        content.update(text, from, to - from);
        link();
    }

    /** Adds text; each byte is one unit. */
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

    /** Adds a token by the digits of its id. */
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

    /** The prompt so far. An incomplete block counts in the length and has no hash, because engines do not cache it. */
    Prompt prompt() {
        return Prompt.of(unit, length, blockLength, Arrays.copyOf(hashes, count));
    }
}
