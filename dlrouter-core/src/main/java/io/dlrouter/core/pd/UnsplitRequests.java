package io.dlrouter.core.pd;

import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.core.fleet.Fleet;
import io.dlrouter.core.fleet.NodeSelection;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.serve.HybridExecutor;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.spi.PdProtocol;

/**
 * Sends requests that a protocol does not split to a decode node alone, if such a node serves them by itself. Safe for use
 * by many threads.
 */
public final class UnsplitRequests {
    private final Fleet fleet;
    private final PdProtocol protocol;
    private final HybridExecutor decode;

    public UnsplitRequests(Fleet fleet, Sender sender, PdProtocol protocol) {
        this.fleet = fleet;
        this.protocol = protocol;
        this.decode = new HybridExecutor(fleet, sender, Role.DECODE);
    }

    /**
     * Whether a request is not split.
     *
     * @throws InvalidRequestException if it is to be split, and its body is no JSON object that could be edited
     */
    public boolean contain(RequestContext request) {
        if (!protocol.routes().contains(request.route())) {
            return true;
        }
        if (!request.isJson()) {
            throw new InvalidRequestException(
                    "The body of " + request.route() + " is a form (expected: a JSON object).", null);
        }
        return false;
    }

    /**
     * Serves such a request.
     *
     * @throws InvalidRequestException if decode nodes do not serve requests of its path
     */
    public InferenceResponse execute(RequestContext request) {
        if (!isServed(request)) {
            request.requireRoute(protocol.routes());
        }
        return decode.execute(request);
    }

    private boolean isServed(RequestContext request) {
        return InferencePaths.isOfAnyNode(
                        request.request().method(), request.request().path())
                || new NodeSelection(fleet, request, Role.DECODE)
                        .candidates().stream().allMatch(node -> protocol.servesUnsplit(request.route(), node.spec()));
    }
}
