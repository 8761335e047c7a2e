package io.dlrouter.simulator;

/**
 * What an LMDeploy prefill or decode engine was told about its links to others.
 *
 * @param standing links of this life that were initialized and connected on this side and not dropped since
 * @param infos how often {@code engine_info} was asked for
 * @param initialized calls of {@code p2p_initialize} taken
 * @param connected calls of {@code p2p_connect} taken
 * @param dropped calls of {@code p2p_drop_connect} for a link that there was
 */
public record LinkCounts(long standing, long infos, long initialized, long connected, long dropped) {}
