package io.dlrouter.server;

import io.dlrouter.NodeAddress;
import io.dlrouter.spi.RoutedRequest;
import java.time.ZonedDateTime;
import java.util.List;

/** How a request that has ended becomes one line. */
interface AccessLine {

    /**
     * The line, without its end.
     *
     * @param time when the request ended
     */
    String of(RoutedRequest request, ZonedDateTime time);

    /** The nodes that the request had a place on, in turn. */
    static List<NodeAddress> nodes(RoutedRequest request) {
        return request.attempts().stream()
                .map(attempt -> attempt.node().address())
                .toList();
    }
}
