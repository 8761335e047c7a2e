package io.dlrouter.server.log;

import io.dlrouter.NodeAddress;
import io.dlrouter.core.openai.DecisionJson;
import io.dlrouter.spi.RoutedRequest;
import java.time.ZonedDateTime;
import java.util.List;

/** A format of access log lines. */
interface AccessLogFormatter {
    /** How many nodes are told of for each choice. */
    int MAX_CANDIDATES = 64;

    /**
     * The line, without its end.
     *
     * @param time when the request ended
     */
    String format(RoutedRequest request, ZonedDateTime time);

    /** Why the nodes were chosen that the request was to be explained for, in turn, each a JSON object. */
    static List<String> decisions(RoutedRequest request) {
        return request.attempts().stream()
                .flatMap(attempt -> attempt.decision().stream())
                .map(decision -> DecisionJson.of(decision, MAX_CANDIDATES))
                .toList();
    }

    /** The nodes that the request had a place on, in turn. */
    static List<NodeAddress> nodes(RoutedRequest request) {
        return request.attempts().stream()
                .map(attempt -> attempt.node().address())
                .toList();
    }
}
