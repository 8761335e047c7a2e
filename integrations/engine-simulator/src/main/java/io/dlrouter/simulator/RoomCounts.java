package io.dlrouter.simulator;

/**
 * What became of the rooms that an SGLang engine's own requests named: in each of them it met the other leg, was left
 * alone, or still waits. A request that was turned away is in none.
 *
 * @param met rooms in which both legs were at once
 * @param leaked rooms used by this leg alone: the other one did not come in time
 * @param waiting rooms in which this leg waits for the other
 * @param ended rooms that this leg's client disconnected before the other one came, so that nobody waits there
 * @param lost rooms whose prefill engine was gone, of which its decode leg heard at once
 */
public record RoomCounts(long met, long leaked, long waiting, long ended, long lost) {}
