package io.dlrouter.core.pd.dual;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.Cancellation;
import io.dlrouter.NodeTimeoutException;
import io.dlrouter.Role;
import io.dlrouter.RouterClosedException;
import io.dlrouter.RouterException;
import io.dlrouter.core.fleet.NodeLease;
import io.dlrouter.core.http.CallDeadline;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.pd.EditedResponse;
import io.dlrouter.core.pd.ResponseEdit;
import io.dlrouter.core.request.RequestContext;
import io.dlrouter.core.serve.NodeResponse;
import io.dlrouter.core.serve.Sender;
import io.dlrouter.core.serve.Sender.Delivery;
import io.dlrouter.core.sse.EventParser;
import io.dlrouter.spi.DualDispatch.Legs;
import io.dlrouter.spi.PrefillLists;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.json.MalformedJsonException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two legs of an attempt: decode on the thread that waits for the response, prefill on another one, which reads
 * prefill's response to its end. Until decode's first byte, the first failing leg ends the other. After that decode has
 * the KV cache, and prefill's response matters only if it contains a part of the client's. When decode has ended,
 * prefill gets 1 s; then it is aborted, which releases its lease.
 */
public final class DualDispatchAttempt {
    private static final Logger LOG = LoggerFactory.getLogger(DualDispatchAttempt.class);

    /**
     * How long a decode node with an error response waits for prefill's result, which may be the cause of the error.
     */
    private static final Duration PREFILL_STATUS = Duration.ofSeconds(1);

    /** How long prefill's leg may outlast decode's. */
    private static final Duration PREFILL_GRACE = Duration.ofSeconds(1);

    /**
     * How long the end of decode waits for prefill's: usually prefill's response has arrived and another thread is
     * about to read it. A client that has the end of its response then holds no lease on either node.
     */
    public static final Duration END_OF_PREFILL = Duration.ofMillis(100);

    private final Sender sender;
    private final RequestContext request;
    private final Legs legs;
    private final Optional<PrefillLists> lists;
    private final Cancellation prefillEnd = new Cancellation();
    private final Cancellation decodeEnd = new Cancellation();
    /** Completes when prefill's node is connected, or prefill has failed. */
    private final CompletableFuture<Void> prefillReached = new CompletableFuture<>();

    /** Completes when prefill's lease is released. */
    private final CompletableFuture<Void> prefillOver = new CompletableFuture<>();
    /** Whether decode has ended, and prefill has exceeded its grace period. */
    private volatile boolean prefillLate;

    private final CompletableFuture<JsonObject> prefilled = new CompletableFuture<>();
    private final long start;
    private final CompletableFuture<Long> prefillEnded = new CompletableFuture<>();
    private final CompletableFuture<Long> decodeBegan = new CompletableFuture<>();
    /** The first event: the failure of a leg, or nothing, when decode has begun to respond. */
    private final CompletableFuture<Optional<LegFailure>> decision = new CompletableFuture<>();

    DualDispatchAttempt(Sender sender, RequestContext request, Legs legs, Optional<PrefillLists> lists) {
        this.sender = sender;
        this.request = request;
        this.start = request.nanoTime();
        this.legs = legs;
        this.lists = lists;
    }

    /**
     * Sends both legs and waits until decode has begun to respond, or one of them has failed. Takes ownership of the
     * leases. Until the response is closed, a client disconnect ends both.
     *
     * @return decode's response, or a node's client error; empty if {@link #failure()} has the reason
     */
    Optional<EditedResponse> begin(NodeLease prefill, NodeLease decode, Executor threads) {
        Cancellation.Registration leaving = request.cancellation().onCancel(this::end);
        Optional<EditedResponse> response = Optional.empty();
        try {
            start(prefill, decode, threads);
            reportHandover(decode);
            response = decode(decode).or(this::refusal);
            return response.map(begun -> begun.andThen(() -> close(begun, leaving)));
        } finally {
            if (response.isEmpty()) {
                leaving.close();
            }
        }
    }

    /** Notifies listeners once prefill has ended and decode has begun. */
    private void reportHandover(NodeLease decode) {
        CompletableFuture<Void> unused = prefillEnded.thenAcceptBoth(
                decodeBegan,
                (ended, began) -> decode.recorder()
                        .listener()
                        .handoverCompleted(
                                decode.attempt(),
                                Duration.ofNanos(ended - start),
                                Duration.ofNanos(Math.max(0, began - ended))));
    }

    private Optional<EditedResponse> refusal() {
        return failure().refusal().map(response -> EditedResponse.plain(response, request.requestId()));
    }

    /** The response is closed: the rest of prefill's response is read, unless decode was cut short. */
    private void close(EditedResponse response, Cancellation.Registration leaving) {
        leaving.close();
        if (!response.isComplete()) {
            prefillEnd.cancel();
        }
    }

    /** Why there is no response. */
    LegFailure failure() {
        return decision.join().orElseThrow();
    }

    private void end() {
        prefillEnd.cancel();
        decodeEnd.cancel();
    }

    private void start(NodeLease prefill, NodeLease decode, Executor threads) {
        try {
            threads.execute(() -> prefill(prefill));
        } catch (RejectedExecutionException e) {
            prefill.close();
            decode.close();
            throw new RouterClosedException("The router was closed.");
        } catch (Error e) {
            prefill.close();
            decode.close();
            throw e;
        }
    }

    private Optional<EditedResponse> decode(NodeLease lease) {
        try {
            NodeResponse response = sender.send(request.endedBy(decodeEnd), legs.decode(), lease, Delivery.ONCE);
            if (response.status() >= 300) {
                awaitPrefillStatus(response.status());
                fail(LegFailure.of(Role.DECODE, response, lease.liveNode()));
                return Optional.empty();
            }
            response.onComplete(this::decodeEnded);
            return handedOver(begun(response));
        } catch (RouterException e) {
            fail(LegFailure.of(Role.DECODE, e));
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            abandon();
            throw e;
        }
    }

    /**
     * A decode node that finds no prefill engine reports that at once, possibly before prefill's own failure is known.
     */
    private void awaitPrefillStatus(int decodeStatus) {
        if (decodeStatus >= 500) {
            RouterClock.Task limit = request.clock().schedule(PREFILL_STATUS, () -> prefillReached.complete(null));
            prefillReached.join();
            limit.cancel();
        }
    }

    /** Starts the grace period of prefill. */
    private void decodeEnded() {
        if (prefillOver.isDone()) {
            return;
        }
        RouterClock.Task grace = request.clock().schedule(PREFILL_GRACE, this::abortPrefill);
        CompletableFuture<Boolean> unused = prefillOver.thenApply(over -> grace.cancel());
        CompletableFuture<Void> limit = request.clock().after(END_OF_PREFILL);
        CompletableFuture.anyOf(prefillOver, limit).join();
        limit.cancel(false);
    }

    private void abortPrefill() {
        prefillLate = true;
        prefillEnd.cancel();
    }

    /** Ends both legs without a result. */
    private void abandon() {
        if (!decision.complete(Optional.empty())) {
            decision.join().ifPresent(LegFailure::discard);
        }
        end();
    }

    private EditedResponse begun(NodeResponse response) {
        return lists.<ResponseEdit>map(wanted -> new PrefillListsEdit(wanted, this::prefilled))
                .map(edit -> EditedResponse.edited(response, request.requestId(), edit))
                .orElseGet(() -> EditedResponse.begun(response, request.requestId()));
    }

    private Optional<EditedResponse> handedOver(EditedResponse response) {
        if (decision.complete(Optional.empty())) {
            decodeBegan.complete(request.nanoTime());
            return Optional.of(response);
        }
        response.close();
        return Optional.empty();
    }

    private void fail(LegFailure failure) {
        boolean first = decision.complete(Optional.of(failure));
        if (failure.leg() == Role.PREFILL) {
            prefilled.completeExceptionally(failure.reason());
        }
        if (first) {
            Cancellation other = failure.leg() == Role.PREFILL ? decodeEnd : prefillEnd;
            other.cancel();
        } else {
            LOG.debug("Too late to matter: {}", failure.reason().getMessage());
            failure.discard();
        }
    }

    /** Waits for prefill's response. */
    private JsonObject prefilled() {
        try {
            return prefilled.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RouterException reason ? reason : e;
        }
    }

    private void prefill(NodeLease lease) {
        try {
            NodeResponse response = sender.sendOnce(
                    request.endedBy(prefillEnd), legs.prefill(), lease, () -> prefillReached.complete(null));
            if (response.status() >= 300) {
                fail(LegFailure.of(Role.PREFILL, response, lease.liveNode()));
            } else {
                read(response, lease);
            }
        } catch (RouterException e) {
            failed(lease, e);
        } catch (RuntimeException | Error e) {
            LOG.error("The prefill leg of a request failed inside the router", e);
            lease.close();
            fail(LegFailure.of(Role.PREFILL, new BadNodeResponseException("The router failed; its log says why.", e)));
        } finally {
            prefillReached.complete(null);
            prefillOver.complete(null);
        }
    }

    /**
     * A leg that was aborted after the end of decode is a failure only if it contains a part of the client's response.
     */
    private void failed(NodeLease lease, RouterException reason) {
        if (!prefillLate) {
            fail(LegFailure.of(Role.PREFILL, reason));
        } else if (lists.isPresent()) {
            fail(LegFailure.of(
                    Role.PREFILL,
                    new NodeTimeoutException(
                            "The " + lease.liveNode() + " did not end its response within "
                                    + CallDeadline.seconds(PREFILL_GRACE) + " of decode's end.",
                            reason)));
        }
    }

    private void read(NodeResponse response, NodeLease lease) {
        try (response) {
            if (lists.isPresent()) {
                prefilled.complete(firstObject(EditedResponse.readWhole(response), lease));
            } else {
                EditedResponse.drain(response);
            }
            prefillEnded.complete(request.nanoTime());
        }
    }

    /** A plain response, or the first event of a stream, which may begin with comments. */
    private static JsonObject firstObject(byte[] body, NodeLease lease) {
        List<String> events = new ArrayList<>();
        EventParser parser = new EventParser(body.length, event -> events.add(event.data()));
        parser.add(body, 0, body.length);
        parser.end();
        String first =
                events.stream().filter(data -> !data.isEmpty()).findFirst().orElse("");
        try {
            return JsonObject.read(first.isEmpty() ? body : first.getBytes(UTF_8));
        } catch (MalformedJsonException e) {
            throw new BadNodeResponseException(
                    "The " + lease.liveNode() + " sent a response that is not a JSON object: " + e.getMessage() + ".",
                    e);
        }
    }
}
