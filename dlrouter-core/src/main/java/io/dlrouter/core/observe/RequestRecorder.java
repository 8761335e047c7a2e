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

/** Records a request for listeners. Safe for use by many threads: a request may have concurrent legs and samples. */
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

    /** The model is served by nodes; until then its name is only a value of the client. */
    public void isServed(String knownModel) {
        model = knownModel;
    }

    /** A node was selected, after a wait. */
    public void started(Attempt attempt, long waitedNanos) {
        if (isRecorded()) {
            attempts.add(attempt);
            waited.addAndGet(waitedNanos);
            listeners.attemptStarted(attempt, Duration.ofNanos(waitedNanos));
        }
    }

    /** Whether there is a listener, or the request is to be explained. */
    public boolean isRecorded() {
        return !listeners.isEmpty() || request.isExplained();
    }

    /** A node reported its usage; the last one counts, which belongs to the response that the client gets. */
    public void counted(Usage message) {
        usage = message;
    }

    /** Explanations of node selections, if requested. */
    List<Decision> decisions() {
        return attempts.stream().flatMap(attempt -> attempt.decision().stream()).toList();
    }

    /**
     * Whether this is the first failure of the request on this node: a request counts at most once towards an ejection.
     */
    public boolean isFirstFailureOf(Node node) {
        return failed.add(node);
    }

    /** There is no response for this reason. */
    public void failed(RouterException e) {
        Outcome outcome = AttemptResult.of(e).outcome();
        OptionalInt status = outcome == Outcome.CANCELLED ? OptionalInt.empty() : OptionalInt.of(e.status());
        completed(new Delivered(Optional.empty(), status, 0, 0), outcome, Optional.of(e.code()));
    }

    /** The router or a plug-in failed. */
    public void failedInternally() {
        completed(
                new Delivered(Optional.empty(), OptionalInt.of(500), 0, 0),
                Outcome.FAILED,
                Optional.of("internal_error"));
    }

    /** The response was passed on, completely or in part. */
    void delivered(Delivered response, Outcome outcome, Optional<String> error) {
        completed(response, outcome, error);
    }

    /**
     * The delivered part of a response.
     *
     * @param firstByteAt in nanoseconds of the router's clock; undefined without bytes
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
