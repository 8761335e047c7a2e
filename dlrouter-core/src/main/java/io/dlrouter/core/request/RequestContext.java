package io.dlrouter.core.request;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.json.JsonValue;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** A request, read once. */
public final class RequestContext implements RoutingContext {
    private final InferenceRequest request;
    private final RequestContent content;
    private final Optional<StoredResponses.Location> state;
    private final String model;
    private final String requestId;
    private final Cancellation cancellation;
    private final RequestRecorder recorder;
    private final Role role;
    private final RequestReadings readings;

    private RequestContext(
            InferenceRequest request,
            RequestContent content,
            Optional<StoredResponses.Location> state,
            String model,
            RequestRecorder recorder,
            Cancellation cancellation) {
        this.request = request;
        this.content = content;
        this.state = state;
        this.model = model;
        this.requestId = request.headers().firstValue(HeaderRules.REQUEST_ID).orElseGet(RequestContext::newId);
        this.recorder = recorder;
        this.cancellation = cancellation;
        this.role = Role.HYBRID;
        this.readings = new RequestReadings(request, content);
    }

    private RequestContext(RequestContext other, Role role, Cancellation cancellation) {
        this.request = other.request;
        this.content = other.content;
        this.state = other.state;
        this.model = other.model;
        this.requestId = other.requestId;
        this.recorder = other.recorder;
        this.cancellation = cancellation;
        this.role = role;
        this.readings = other.readings;
    }

    /** Unique, not secret. */
    private static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    /**
     * Reads a request, for a hybrid node unless {@link #forRole} is called.
     *
     * @throws InvalidRequestException if the body is not what its headers state, or its model is invalid
     * @throws io.dlrouter.ResponseNotFoundException if it refers to a response that is not known
     */
    public static RequestContext read(
            InferenceRequest request, Sources sources, RequestRecorder recorder, Cancellation cancellation) {
        RequestContent content = RequestContent.read(request, sources.maxDecoded);
        Optional<StoredResponses.Location> state =
                StateReference.of(request, content.members()).flatMap(sources.responses::locate);
        String model = content.model()
                .or(() -> state.map(StoredResponses.Location::model))
                .orElseGet(() -> modelOf(request, sources.models));
        RequestContext context = new RequestContext(request, content, state, model, recorder, cancellation);
        recorder.read(context);
        return context;
    }

    private static String modelOf(InferenceRequest request, OnlyModel models) {
        return InferencePaths.isOfAnyNode(request.method(), request.path()) ? models.anyModel() : models.onlyModel();
    }

    /**
     * What a request is read with.
     *
     * @param models those of the fleet, asked when the request names none
     * @param responses the nodes that hold the state of responses
     * @param maxDecoded how many bytes a body with a content coding may have once it is decoded
     */
    public record Sources(OnlyModel models, StoredResponses responses, int maxDecoded) {}

    /** Determines the model of a request that names none. */
    public interface OnlyModel {

        /**
         * The only model of the fleet.
         *
         * @throws InvalidRequestException if there are several
         * @throws io.dlrouter.NoNodeAvailableException if there is none
         */
        String onlyModel();

        /**
         * Any model, for a request that concerns none.
         *
         * @throws io.dlrouter.NoNodeAvailableException if there is none
         */
        default String anyModel() {
            return onlyModel();
        }
    }

    /** Records its progress. */
    public RequestRecorder recorder() {
        return recorder;
    }

    /** Whether it asks for a stream. */
    public boolean isStream() {
        return content.isStream();
    }

    /** Whether its body is a JSON object. */
    public boolean isJson() {
        return content.isJson();
    }

    /** The only node that can serve it, for what it refers to is held there; prefill is done by any. */
    public Optional<StoredResponses.Location> state() {
        return role == Role.PREFILL ? Optional.empty() : state;
    }

    public InferenceRequest request() {
        return request;
    }

    /** Ends its work. */
    public Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public String requestId() {
        return requestId;
    }

    /**
     * Checks that the request has one of these paths.
     *
     * @throws InvalidRequestException if it has not
     */
    public void requireRoute(Set<String> routes) {
        if (!routes.contains(route())) {
            throw new InvalidRequestException(
                    route() + " is not served by a Prefill/Decode fleet (expected: "
                            + routes.stream().sorted().collect(Collectors.joining(" or ")) + ").",
                    null);
        }
    }

    @Override
    public String route() {
        return InferencePaths.route(request.path());
    }

    /** The same request for a node of this role. */
    public RequestContext forRole(Role newRole) {
        return newRole == role ? this : new RequestContext(this, newRole, cancellation);
    }

    /** The same request with another cancellation. */
    public RequestContext endedBy(Cancellation other) {
        return new RequestContext(this, role, other);
    }

    /** The edited body; the client's array if nothing changes. A form is never edited. */
    public byte[] body(BodyEdit edit) {
        return content.edited(edit);
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public Role role() {
        return role;
    }

    @Override
    public HttpHeaders headers() {
        return request.headers();
    }

    @Override
    public String sessionKey() {
        return readings.sessionKey();
    }

    @Override
    public Prompt prompt() {
        return readings.prompt();
    }

    @Override
    public long nanoTime() {
        return clock().nanoTime();
    }

    /** The router's time. */
    public RouterClock clock() {
        return recorder.clock();
    }

    @Override
    public Optional<JsonValue> member(String name) {
        return content.members().member(name);
    }
}
