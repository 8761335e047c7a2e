package io.dlrouter.simulator;

import java.time.Duration;

/**
 * How a prefill or decode engine of LMDeploy takes part in separated prefill and decode, which its {@code /distserve}
 * routes call DistServe. Immutable; start from {@link #DEFAULT}.
 *
 * @param tpSize how many tensor-parallel ranks there are, each with an endpoint of its own
 * @param blockSize how many tokens a block of the cache holds
 * @param numGpuBlocks how many blocks there are in the first life; each restart adds one
 * @param plainInfo whether {@code engine_info} is a JSON object, and not a string that has one in it
 * @param protocol the migration protocol that links have to name: RDMA is 2, NVLINK 3
 * @param linkType the RDMA link type that links have to name: IB is 1, RoCE 2
 * @param cacheOwner how prefill says which session keeps the cache
 * @param migrationTime the time between the head of decode's stream and the takeover of the cache; when it is zero the
 *     head goes out with the first output
 */
public record DistServeOptions(
        int tpSize,
        int blockSize,
        int numGpuBlocks,
        boolean plainInfo,
        int protocol,
        int linkType,
        CacheOwner cacheOwner,
        Duration migrationTime) {

    public static final DistServeOptions DEFAULT =
            new DistServeOptions(1, 64, 1000, false, 2, 2, CacheOwner.CACHE_SESSION_ID, Duration.ofMillis(1));

    public DistServeOptions {
        requirePositive("tp size", tpSize);
        requirePositive("block size", blockSize);
    }

    public DistServeOptions tpSize(int value) {
        return new DistServeOptions(
                value, blockSize, numGpuBlocks, plainInfo, protocol, linkType, cacheOwner, migrationTime);
    }

    public DistServeOptions blockSize(int value) {
        return new DistServeOptions(
                tpSize, value, numGpuBlocks, plainInfo, protocol, linkType, cacheOwner, migrationTime);
    }

    public DistServeOptions numGpuBlocks(int value) {
        return new DistServeOptions(tpSize, blockSize, value, plainInfo, protocol, linkType, cacheOwner, migrationTime);
    }

    public DistServeOptions plainInfo(boolean value) {
        return new DistServeOptions(
                tpSize, blockSize, numGpuBlocks, value, protocol, linkType, cacheOwner, migrationTime);
    }

    public DistServeOptions protocol(int value) {
        return new DistServeOptions(
                tpSize, blockSize, numGpuBlocks, plainInfo, value, linkType, cacheOwner, migrationTime);
    }

    public DistServeOptions linkType(int value) {
        return new DistServeOptions(
                tpSize, blockSize, numGpuBlocks, plainInfo, protocol, value, cacheOwner, migrationTime);
    }

    public DistServeOptions cacheOwner(CacheOwner value) {
        return new DistServeOptions(
                tpSize, blockSize, numGpuBlocks, plainInfo, protocol, linkType, value, migrationTime);
    }

    public DistServeOptions migrationTime(Duration value) {
        return new DistServeOptions(tpSize, blockSize, numGpuBlocks, plainInfo, protocol, linkType, cacheOwner, value);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }
}
