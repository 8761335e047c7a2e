package io.dlrouter.core;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Cancellation;
import io.dlrouter.InferenceResponse;
import io.dlrouter.RequestCancelledException;
import io.dlrouter.RouterException;
import io.dlrouter.core.Sender.Delivery;
import io.dlrouter.spi.Handover;
import io.dlrouter.spi.Handover.Taker;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.TwoStage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Sends the two legs of requests, each when its turn has come. Safe for use by many threads. */
final class TwoStageLegs implements AutoCloseable {
    private final NodeTable table;
    private final Sender sender;
    private final TwoStage protocol;
    private final CacheReturns returns;

    /** Takes the returns over. */
    TwoStageLegs(NodeTable table, Sender sender, TwoStage protocol, CacheReturns returns) {
        this.table = table;
        this.sender = sender;
        this.protocol = protocol;
        this.returns = returns;
    }

    /** What a prefill came to: a prompt to decode, or an answer that says no. */
    sealed interface PrefillOutcome permits PrefilledPrompt, Refusal {}

    /** Prefill's word that the request is wrong, which is the client's to hear. */
    record Refusal(InferenceResponse answer) implements PrefillOutcome {}

    /**
     * Sends a prefill and reads its answer. Takes the place over.
     *
     * @throws RouterException if there is no prefilled prompt; what the node holds of it is then given back
     */
    PrefillOutcome prefill(RequestContext request, NodeLease place, LiveNode decode) {
        PdAttempt attempt = PdAttempt.of(request, place.node(), decode.spec());
        int incarnation = place.liveNode().incarnation();
        long start = request.nanoTime();
        NodeResponse answer = sender.send(untilItsEnd(request), protocol.prefill(attempt), place, Delivery.REPEATABLE);
        if (answer.status() >= 400 && answer.status() < 500) {
            return new Refusal(PdAnswer.plain(answer, request.requestId()));
        }
        try (answer) {
            if (answer.status() >= 300) {
                throw answeredWith(answer.status(), place.liveNode());
            }
            Place cachePlace = place.again();
            JsonObject prefilled = read(answer, cachePlace);
            Duration took = Duration.ofNanos(request.nanoTime() - start);
            CacheLease cache = new CacheLease(
                    cachePlace, incarnation, protocol.release(attempt, prefilled), returns, request.watch());
            return prompt(attempt, prefilled, cache, decode, took, request.clock());
        }
    }

    /** Where a cache must be given back, a prefill is let end: only its answer says which. */
    private RequestContext untilItsEnd(RequestContext request) {
        return protocol.grace().isZero() ? request : request.endedBy(new Cancellation());
    }

    private PrefilledPrompt prompt(
            PdAttempt attempt,
            JsonObject prefilled,
            CacheLease cache,
            LiveNode decode,
            Duration took,
            RouterClock clock) {
        try {
            refuseIfUnfit(cache.prefill(), prefilled);
            Handover handover = protocol.handover(attempt, prefilled);
            if (handover.taker() == Taker.NONE) {
                cache.prefill().missedHandover();
            }
            Optional<PromptUsage> usage = protocol.prefillCountsPrompt() ? PromptUsage.of(prefilled) : Optional.empty();
            return new PrefilledPrompt(handover, usage, decode, cache, took, clock);
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

    /** Reads an answer to its end, which frees the place that it was sent to; frees this one if it is none. */
    private static JsonObject read(NodeResponse answer, Place cachePlace) {
        try {
            return JsonObject.read(PdAnswer.readWhole(answer));
        } catch (MalformedJsonException e) {
            cachePlace.close();
            throw new BadNodeResponseException(
                    "The " + cachePlace.node() + " gave an answer that is not a JSON object: " + e.getMessage() + ".",
                    e);
        } catch (RuntimeException | Error e) {
            cachePlace.close();
            throw e;
        }
    }

    /**
     * Sends a prompt to be decoded and waits for status and headers of the answer. Takes the place over.
     *
     * @throws LinkGoneException if the link does not stand any more, and nothing was sent
     * @throws KvLeaseExpiredException if the KV lease ended before
     * @throws RouterException if there was no answer
     */
    DecodeLeg decode(RequestContext request, PrefilledPrompt prompt, NodeLease place, Links.Use link) {
        Duration grace = prompt.isGivenBack() ? protocol.grace() : Duration.ZERO;
        HeldCancellation cancellation = new HeldCancellation(request.cancellation(), grace, request.clock());
        KvLeaseLimit limit = limit(request, prompt, cancellation.word());
        try {
            RequestContext ended = request.endedBy(cancellation.word());
            NodeResponse answer = prompt.holdsCache()
                    ? sender.sendOnce(ended, prompt.decode(), place, () -> check(prompt, link))
                    : sender.send(ended, prompt.decode(), place, Delivery.REPEATABLE);
            return new DecodeLeg(answer, place, request.requestId(), cancellation, limit);
        } catch (RequestCancelledException e) {
            cancellation.close();
            throw limit.reasonOf(e);
        } catch (RuntimeException | Error e) {
            limit.end();
            cancellation.close();
            throw e;
        }
    }

    private static void check(PrefilledPrompt prompt, Links.Use link) {
        link.check();
        prompt.requireHeld();
    }

    /** Only of a stream it can be seen when decode began. */
    private static KvLeaseLimit limit(RequestContext request, PrefilledPrompt prompt, Cancellation decode) {
        RouterClock.Task expiry =
                request.isStream() && prompt.holdsCache() ? prompt.atExpiry(decode::cancel) : () -> true;
        return new KvLeaseLimit(request.cancellation(), expiry);
    }

    static BadNodeResponseException answeredWith(int status, LiveNode node) {
        return new BadNodeResponseException("The " + node + " answered with status " + status + ".");
    }

    @Override
    public void close() {
        returns.close();
    }
}
