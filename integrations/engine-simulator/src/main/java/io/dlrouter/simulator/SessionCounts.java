package io.dlrouter.simulator;

/**
 * What became of the sessions that keep the caches of an LMDeploy prefill engine. Those of an earlier life that were still
 * alive went with it.
 *
 * @param issued sessions that a prefill response was given for
 * @param alive sessions of this life whose cache is still kept
 * @param adopted sessions whose cache a decode engine took over
 * @param freed sessions released alive by {@code free_cache}
 * @param freedAgain calls of {@code free_cache} for a session freed or adopted before, which does no harm
 * @param freedUnknown calls of {@code free_cache} for a session that never was, a violation
 * @param freedStale calls of {@code free_cache} for a session of an earlier life, a violation
 */
public record SessionCounts(
        long issued, long alive, long adopted, long freed, long freedAgain, long freedUnknown, long freedStale) {}
