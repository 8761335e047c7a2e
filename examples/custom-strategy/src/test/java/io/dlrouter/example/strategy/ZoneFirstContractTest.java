package io.dlrouter.example.strategy;

import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.testkit.RoutingStrategyContract;

class ZoneFirstContractTest extends RoutingStrategyContract {
    @Override
    protected RoutingStrategy.Provider provider() {
        return new ZoneFirst.Provider();
    }

    @Override
    protected int largestShare(int requests, int nodes) {
        return (requests + nodes - 1) / nodes;
    }
}
