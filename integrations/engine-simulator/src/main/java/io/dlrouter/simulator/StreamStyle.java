package io.dlrouter.simulator;

/**
 * What a kind's event streams look like.
 *
 * @param opensWithRole whether a chat opens with an event of its own for the role; else each event has the role
 * @param headWaitsForToken whether status and headers wait for the first token
 * @param saysNullUsage whether the events say {@code "usage":null} when the last one is to hold the usage
 */
record StreamStyle(boolean opensWithRole, boolean headWaitsForToken, boolean saysNullUsage) {}
