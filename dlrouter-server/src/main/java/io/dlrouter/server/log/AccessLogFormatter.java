package io.dlrouter.server.log;

import io.dlrouter.NodeAddress;
import io.dlrouter.core.openai.DecisionJson;
import io.dlrouter.spi.RoutedRequest;
import java.time.ZonedDateTime;
import java.util.List;

/** A format of access log lines. */
interface AccessLogFormatter {
    /** The limit of candidates in one decision. */
    int MAX_CANDIDATES = 64;

    /**
     * The line, without its end.
     *
     * @param time when the request ended
     */
    String format(RoutedRequest request, ZonedDateTime time);

    /** The decisions of an explained request, in their order, each a JSON object. */
    static List<String> decisions(RoutedRequest request) {
        return request.attempts().stream()
                .flatMap(attempt -> attempt.decision().stream())
                .map(decision -> DecisionJson.of(decision, MAX_CANDIDATES))
                .toList();
    }

    /** The nodes of the attempts, in their order. */
    static List<NodeAddress> nodes(RoutedRequest request) {
        return request.attempts().stream()
                .map(attempt -> attempt.node().address())
                .toList();
    }
}
