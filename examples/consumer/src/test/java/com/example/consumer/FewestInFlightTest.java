package com.example.consumer;

import io.dlrouter.spi.RoutingStrategy;
import io.dlrouter.testkit.RoutingStrategyContract;

class FewestInFlightTest extends RoutingStrategyContract {
    @Override
    protected RoutingStrategy.Provider provider() {
        return new FewestInFlight.Provider();
    }

    @Override
    protected int largestShare(int requests, int nodes) {
        return (requests + nodes - 1) / nodes;
    }
}
