package io.dlrouter.spi;

import io.dlrouter.NodeSpec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request that has ended, as whoever sent it saw it. Holds nothing of prompt and answer. Immutable.
 *
 * @param requestId as in {@link RoutingContext#requestId()}
 * @param client as the request named it, see {@link io.dlrouter.InferenceRequest#withClient}
 * @param route the path that it was sent to, without a query
 * @param model that it was for; empty if it ended before that was known, or if no node serves the model
 * @param attempts in the order in which places were given
 * @param servedBy the node whose answer was passed on
 * @param status of the answer; empty if there was none because whoever asked had left
 * @param outcome how it ended
 * @param error the {@link io.dlrouter.RouterException#code()} of the router's own error, if it ended with one
 * @param waited for places, in all
 * @param firstByte from the request to the first byte of the answer's body
 * @param whole from the request to its end
 * @param prompt what the engine was given to read; empty unless the request was to be explained
 * @param usage what the node counted that served it, as far as the router read that
 * @param bytes of the answer's body that were passed on
 */
public record RoutedRequest(
        String requestId,
        Optional<String> client,
        String route,
        Optional<String> model,
        List<Attempt> attempts,
        Optional<NodeSpec> servedBy,
        OptionalInt status,
        Outcome outcome,
        Optional<String> error,
        Duration waited,
        Optional<Duration> firstByte,
        Duration whole,
        Optional<Prompt> prompt,
        Optional<Usage> usage,
        long bytes) {

    public RoutedRequest {
        attempts = List.copyOf(attempts);
    }
}
