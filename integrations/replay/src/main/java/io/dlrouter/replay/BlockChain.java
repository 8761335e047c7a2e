package io.dlrouter.replay;

/** The chained hashes of the blocks of a prompt, made of what tells one block from another. */
final class BlockChain {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final long[] hashes;
    private int count;
    private long last = GOLDEN;

    BlockChain(int blocks) {
        hashes = new long[blocks];
    }

    /** Adds a block; the finalizer of MurmurHash3 spreads its bits. */
    void add(long block) {
        long mixed = (last + block) * GOLDEN;
        mixed = (mixed ^ (mixed >>> 33)) * 0xFF51_AFD7_ED55_8CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CE_B9FE_1A85_EC53L;
        last = mixed ^ (mixed >>> 33);
        hashes[count++] = last;
    }

    long[] hashes() {
        return hashes.clone();
    }
}
