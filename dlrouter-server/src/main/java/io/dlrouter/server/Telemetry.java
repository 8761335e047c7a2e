package io.dlrouter.server;

import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;

/**
 * What the gateway tells of its work: numbers for a monitoring system, and a line for each request. Both listen to the
 * router.
 */
record Telemetry(RouterMetrics metrics, RouterListener accessLog) {

    /**
     * Counts and logs a request that the router never saw.
     *
     * @param code of the error that it was answered with
     */
    void refused(RoutedRequest request, String code) {
        metrics.refused(code);
        accessLog.completed(request);
    }
}
