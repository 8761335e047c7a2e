package io.dlrouter.simulator;

/**
 * What became of the KV blocks of an engine: of those issued each was pulled, has expired or is still held.
 *
 * @param issued blocks that a prefill engine gave parameters for
 * @param pulled blocks that a decode engine fetched from it
 * @param expired blocks that nobody fetched before their lease ended
 * @param held blocks that still wait to be fetched
 * @param doubleSpends attempts to fetch from a prefill engine what had been fetched before
 * @param localPrefills requests that a decode engine was sent without parameters, so that it computed the prompt itself
 */
public record KvBlocks(long issued, long pulled, long expired, long held, long doubleSpends, long localPrefills) {}
