package io.dlrouter.core.pd.twostage;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Cancellation;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.Links;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.pd.EditedResponse;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.serve.NodeResponse;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.core.serve.Sender.Delivery;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Receiver;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.spi.json.MalformedJsonException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Sends the two legs of requests. Safe for use by many threads. */
public final class TwoStageLegs implements AutoCloseable {
    private final NodeTable table;
    private final Sender sender;
    private final TwoStage protocol;
    private final KvCacheReleaser returns;

    /** Takes ownership of the releaser. */
    public TwoStageLegs(NodeTable table, Sender sender, TwoStage protocol, KvCacheReleaser returns) {
        this.table = table;
        this.sender = sender;
        this.protocol = protocol;
        this.returns = returns;
    }

    /**
     * Sends a prefill and reads its response. Takes ownership of the lease.
     *
     * @throws RouterException if there is no result; what the node holds of it is then released
     */
    PrefillOutcome prefill(RequestContext request, NodeLease lease, LiveNode decode) {
        PdAttempt attempt = PdAttempt.of(request, lease.node(), decode.spec());
        int incarnation = lease.liveNode().incarnation();
        long start = request.nanoTime();
        NodeResponse response =
                sender.send(untilItsEnd(request), protocol.prefill(attempt), lease, Delivery.REPEATABLE);
        if (response.status() >= 400 && response.status() < 500) {
            return new PrefillOutcome.Refusal(EditedResponse.plain(response, request.requestId()));
        }
        try (response) {
            if (response.status() >= 300) {
                throw lease.liveNode().respondedWith(response.status());
            }
            NodeLease.Hold cacheHold = lease.retain();
            JsonObject prefilled = read(response, cacheHold);
            Duration took = Duration.ofNanos(request.nanoTime() - start);
            CacheLease cache = new CacheLease(
                    cacheHold, incarnation, protocol.release(attempt, prefilled), returns, request.recorder());
            return prompt(attempt, prefilled, cache, decode, took, request.clock());
        }
    }

    /** Where a cache has to be released, a cancelled prefill completes, because only its response names the cache. */
    private RequestContext untilItsEnd(RequestContext request) {
        return protocol.grace().isZero() ? request : request.endedBy(new Cancellation());
    }

    private PrefillResult prompt(
            PdAttempt attempt,
            JsonObject prefilled,
            CacheLease cache,
            LiveNode decode,
            Duration took,
            RouterClock clock) {
        try {
            refuseIfUnfit(cache.prefill(), prefilled);
            Handover handover = protocol.handover(attempt, prefilled);
            if (handover.receiver() == Receiver.NONE) {
                cache.prefill().missedHandover();
            }
            Optional<PromptUsage> usage = protocol.prefillCountsPrompt() ? PromptUsage.of(prefilled) : Optional.empty();
            return new PrefillResult(handover, usage, decode, cache, took, clock);
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    private void refuseIfUnfit(LiveNode node, JsonObject prefilled) {
        Optional<String> objection = protocol.objection(prefilled);
        if (objection.isPresent()) {
            table.update(List.of(node), objection.get(), unfit -> unfit.object(objection.get()));
            throw new BadNodeResponseException("The " + node + " gets no more requests: " + objection.get());
        }
    }

    /** Reads a response to its end, which releases its lease; releases this one if the response is invalid. */
    private static JsonObject read(NodeResponse response, NodeLease.Hold cacheHold) {
        try {
            return JsonObject.read(EditedResponse.readWhole(response));
        } catch (MalformedJsonException e) {
            cacheHold.close();
            throw new BadNodeResponseException(
                    "The " + cacheHold.node() + " sent a response that is not a JSON object: " + e.getMessage() + ".",
                    e);
        } catch (RuntimeException | Error e) {
            cacheHold.close();
            throw e;
        }
    }

    /**
     * Sends the decode leg and waits for status and headers of the response. Takes ownership of the lease.
     *
     * @throws LinkGoneException if the link is no longer established, and nothing was sent
     * @throws KvLeaseExpiredException if the KV lease expired before
     * @throws RouterException if there was no response
     */
    DecodeLeg decode(RequestContext request, PrefillResult prompt, NodeLease lease, Links.Use link) {
        Duration grace = prompt.isReleased() ? protocol.grace() : Duration.ZERO;
        DelayedCancellation cancellation = new DelayedCancellation(request.cancellation(), grace, request.clock());
        KvLeaseLimit limit = limit(request, prompt, cancellation.delayed());
        try {
            RequestContext ended = request.endedBy(cancellation.delayed());
            NodeResponse response = prompt.holdsCache()
                    ? sender.sendOnce(ended, prompt.decode(), lease, () -> check(prompt, link))
                    : sender.send(ended, prompt.decode(), lease, Delivery.REPEATABLE);
            return new DecodeLeg(response, lease, request.requestId(), cancellation, limit);
        } catch (RequestCancelledException e) {
            cancellation.close();
            throw limit.reasonOf(e);
        } catch (RuntimeException | Error e) {
            limit.end();
            cancellation.close();
            throw e;
        }
    }

    private static void check(PrefillResult prompt, Links.Use link) {
        link.check();
        prompt.requireHeld();
    }

    /** Only a stream shows when decode began. */
    private static KvLeaseLimit limit(RequestContext request, PrefillResult prompt, Cancellation decode) {
        RouterClock.Task expiry =
                request.isStream() && prompt.holdsCache() ? prompt.atExpiry(decode::cancel) : () -> true;
        return new KvLeaseLimit(request.cancellation(), expiry);
    }

    @Override
    public void close() {
        returns.close();
    }
}
