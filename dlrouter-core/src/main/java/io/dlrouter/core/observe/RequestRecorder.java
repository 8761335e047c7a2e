package io.dlrouter.core.observe;

import io.dlrouter.Decision;
import io.dlrouter.InferenceRequest;
import io.dlrouter.NodeSpec;
import io.dlrouter.RouterException;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.spi.Attempt;
import io.dlrouter.spi.Node;
import io.dlrouter.spi.Outcome;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RoutedRequest;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RouterListener;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What becomes of one request, and who is told. Safe for use by many threads: a request may be several at once. */
public final class RequestRecorder {
    private static final String UNNAMED = "-";

    private final ListenerDispatcher listeners;
    private final InferenceRequest request;
    private final RouterClock clock;
    private final long start;
    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final AtomicLong waited = new AtomicLong();
    private final Set<Node> failed = ConcurrentHashMap.newKeySet();
    private volatile @Nullable RoutingContext context;
    private volatile @Nullable String model;
    private volatile @Nullable Usage usage;

    public RequestRecorder(ListenerDispatcher listeners, InferenceRequest request, RouterClock clock) {
        this.listeners = listeners;
        this.request = request;
        this.clock = clock;
        this.start = clock.nanoTime();
    }

    /** The router's time. */
    public RouterClock clock() {
        return clock;
    }

    public RouterListener listener() {
        return listeners;
    }

    /** The request has been read. */
    public void read(RoutingContext known) {
        context = known;
    }

    /** There are nodes for its model: until then its name is only what a client says. */
    public void isServed(String knownModel) {
        model = knownModel;
    }

    /** A node was selected, after the request had waited for it. */
    public void started(Attempt attempt, long waitedNanos) {
        if (isRecorded()) {
            attempts.add(attempt);
            waited.addAndGet(waitedNanos);
            listeners.attemptStarted(attempt, Duration.ofNanos(waitedNanos));
        }
    }

    /** Whether anybody listens, or the request asked to be explained. */
    public boolean isRecorded() {
        return !listeners.isEmpty() || request.isExplained();
    }

    /** A node said what it counted; of several the last one stands, which is the one whose response the client has. */
    public void counted(Usage message) {
        usage = message;
    }

    /** Why each of its nodes was selected, if it asked. */
    List<Decision> decisions() {
        return attempts.stream().flatMap(attempt -> attempt.decision().stream()).toList();
    }

    /** Whether this node has not failed the request before: a request is one step towards an ejection at most. */
    public boolean isFirstFailureOf(Node node) {
        return failed.add(node);
    }

    /** There is no response, for this reason. */
    public void failed(RouterException e) {
        Outcome outcome = AttemptResult.of(e).outcome();
        OptionalInt status = outcome == Outcome.CANCELLED ? OptionalInt.empty() : OptionalInt.of(e.status());
        completed(new Delivered(Optional.empty(), status, 0, 0), outcome, Optional.of(e.code()));
    }

    /** The router, or a plug-in of it, failed. */
    public void failedInternally() {
        completed(
                new Delivered(Optional.empty(), OptionalInt.of(500), 0, 0),
                Outcome.FAILED,
                Optional.of("internal_error"));
    }

    /** The response was passed on, as far as that went. */
    void delivered(Delivered response, Outcome outcome, Optional<String> error) {
        completed(response, outcome, error);
    }

    /**
     * What was passed on of a response.
     *
     * @param firstByteAt in nanoseconds of the router's clock; without meaning if there were no bytes
     */
    record Delivered(Optional<NodeSpec> servedBy, OptionalInt status, long bytes, long firstByteAt) {}

    private void completed(Delivered response, Outcome outcome, Optional<String> error) {
        if (listeners.isEmpty()) {
            return;
        }
        listeners.completed(RoutedRequest.builder()
                .requestId(requestId())
                .client(request.client())
                .route(InferencePaths.route(request.path()))
                .model(Optional.ofNullable(model))
                .attempts(List.copyOf(attempts))
                .servedBy(response.servedBy)
                .status(response.status)
                .outcome(outcome)
                .error(error)
                .waited(Duration.ofNanos(waited.get()))
                .firstByte(
                        response.bytes == 0
                                ? Optional.empty()
                                : Optional.of(Duration.ofNanos(response.firstByteAt - start)))
                .whole(Duration.ofNanos(clock.nanoTime() - start))
                .prompt(prompt())
                .usage(Optional.ofNullable(usage))
                .bytes(response.bytes)
                .build());
    }

    private Optional<Prompt> prompt() {
        return Optional.ofNullable(request.isExplained() ? context : null).map(RoutingContext::prompt);
    }

    private String requestId() {
        RoutingContext known = context;
        return known != null
                ? known.requestId()
                : request.headers().firstValue(HeaderRules.REQUEST_ID).orElse(UNNAMED);
    }
}
