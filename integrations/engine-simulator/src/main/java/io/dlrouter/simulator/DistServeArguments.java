package io.dlrouter.simulator;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of the command line about a prefill or decode engine of LMDeploy. */
final class DistServeArguments {
    @Option(names = "--tp-size", defaultValue = "1", description = "lmdeploy: tensor-parallel ranks")
    private int tpSize;

    @Option(names = "--block-size", defaultValue = "64", description = "lmdeploy: tokens of a cache block")
    private int blockSize;

    @Option(names = "--num-gpu-blocks", defaultValue = "1000", description = "lmdeploy: cache blocks there are")
    private int numGpuBlocks;

    @Option(names = "--plain-engine-info", description = "lmdeploy: answer engine_info as an object, not a string")
    private boolean plainInfo;

    @Option(
            names = "--cache-owner",
            description = "lmdeploy prefill: cache_session_id, numeric_id or unknown (default: cache_session_id)")
    private CacheOwner cacheOwner = CacheOwner.CACHE_SESSION_ID;

    @Option(
            names = "--migration-time",
            defaultValue = "1ms",
            description = "lmdeploy decode: time from head to takeover")
    private Duration migrationTime = Duration.ZERO;

    DistServeOptions options() {
        return DistServeOptions.DEFAULT
                .tpSize(tpSize)
                .blockSize(blockSize)
                .numGpuBlocks(numGpuBlocks)
                .plainInfo(plainInfo)
                .cacheOwner(cacheOwner)
                .migrationTime(migrationTime);
    }
}
