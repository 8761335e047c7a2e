package io.dlrouter.server.metrics;

import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterListener;

/** The listeners with which the gateway observes its router: the metrics and the access log. */
public record GatewayListeners(GatewayMetrics metrics, RouterListener accessLog) {

    /**
     * Counts and logs a request that the gateway rejects before it is routed.
     *
     * @param code the code of the error response
     */
    public void rejected(RoutedRequest request, String code) {
        metrics.rejected(code);
        accessLog.completed(request);
    }
}
