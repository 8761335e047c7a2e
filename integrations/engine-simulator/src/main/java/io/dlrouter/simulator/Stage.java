package io.dlrouter.simulator;

/** The part of a completion that an engine does, and by which protocol the KV cache gets there or from there. */
sealed interface Stage
        permits HybridStage,
                NixlPrefill,
                NixlDecode,
                P2pStage,
                BootstrapPrefill,
                BootstrapDecode,
                MigratingPrefill,
                MigratingDecode,
                UnmigratingHybrid {
    /** Refuses what no router may send to such an engine, and puts it down as a violation. */
    default void check(CompletionRequest asked) {}

    /**
     * Takes the request on once nothing is wrong with it.
     *
     * @throws TransferFailedException when the cache it was to start from is not to be had
     */
    Admission admit(CompletionRequest asked);
}
