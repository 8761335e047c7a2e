package io.dlrouter.core.request;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.core.http.HeaderRules;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.observe.RequestRecorder;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.spi.RoutingContext;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;
import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/** A request on its way, read once. */
public final class RequestContext implements RoutingContext {
    private final InferenceRequest request;
    private final JsonObject body;
    private final String model;
    private final String requestId;
    private final Cancellation cancellation;
    private final RequestRecorder recorder;
    private final Role role;
    private final RequestReadings readings;

    private RequestContext(
            InferenceRequest request,
            JsonObject body,
            String model,
            RequestRecorder recorder,
            Cancellation cancellation) {
        this.request = request;
        this.body = body;
        this.model = model;
        this.requestId = request.headers().firstValue(HeaderRules.REQUEST_ID).orElseGet(RequestContext::newId);
        this.recorder = recorder;
        this.cancellation = cancellation;
        this.role = Role.HYBRID;
        this.readings = new RequestReadings(request, body);
    }

    private RequestContext(RequestContext other, Role role, Cancellation cancellation) {
        this.request = other.request;
        this.body = other.body;
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
     * Reads a request, to be placed on hybrid nodes until it is said otherwise.
     *
     * @param models those there are, asked when the request names none
     * @throws InvalidRequestException if the body is no JSON object, or its model is no name
     */
    public static RequestContext read(
            InferenceRequest request, OnlyModel models, RequestRecorder recorder, Cancellation cancellation) {
        JsonObject body = readBody(request.body());
        String model = modelOf(body).orElseGet(models::onlyModel);
        RequestContext context = new RequestContext(request, body, model, recorder, cancellation);
        recorder.read(context);
        return context;
    }

    /** Says which model a request means that names none. */
    public interface OnlyModel {

        /**
         * The only model there is.
         *
         * @throws InvalidRequestException if there are several
         * @throws io.dlrouter.NoNodeAvailableException if there is none
         */
        String onlyModel();
    }

    private static JsonObject readBody(byte[] body) {
        try {
            return JsonObject.read(body);
        } catch (MalformedJsonException e) {
            throw new InvalidRequestException("The body is not a JSON object: " + e.getMessage() + ".", null);
        }
    }

    private static Optional<String> modelOf(JsonObject body) {
        if (body.count("model") > 1) {
            throw new InvalidRequestException("'model' stands in the body more than once (expected: once).", "model");
        }
        Optional<String> model = body.string("model");
        if (model.isEmpty() && body.member("model").isPresent()) {
            throw new InvalidRequestException("'model' is not a string (expected: the name of a model).", "model");
        }
        return model;
    }

    /** What becomes of it. */
    public RequestRecorder recorder() {
        return recorder;
    }

    /** Whether its answer is asked for as a stream. */
    public boolean isStream() {
        return body.member("stream").filter(value -> value.is("true")).isPresent();
    }

    public InferenceRequest request() {
        return request;
    }

    /** Ends what is under way for this request. */
    public Cancellation cancellation() {
        return cancellation;
    }

    @Override
    public String requestId() {
        return requestId;
    }

    /**
     * Checks that the request was sent to one of these paths.
     *
     * @throws InvalidRequestException if it was not
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

    /** The same request, for a node of this role to be chosen. */
    public RequestContext forRole(Role newRole) {
        return newRole == role ? this : new RequestContext(this, newRole, cancellation);
    }

    /** The same request, whose work is ended by another word. */
    public RequestContext endedBy(Cancellation other) {
        return new RequestContext(this, role, other);
    }

    /** The client's body as edited; its own array if nothing changes. */
    public byte[] body(BodyEdit edit) {
        return body.edited(edit);
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
        return body.member(name);
    }
}
