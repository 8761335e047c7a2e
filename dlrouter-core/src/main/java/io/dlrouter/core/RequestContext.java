package io.dlrouter.core;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.Role;
import io.dlrouter.spi.RoutingContext;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request on its way, read once. */
final class RequestContext implements RoutingContext {
    /** Members that only a router may set: they make an engine fetch from, or free, what the client names. */
    private static final Set<String> ROUTERS_OWN = Set.of(
            "kv_transfer_params",
            "ec_transfer_params",
            "bootstrap_host",
            "bootstrap_port",
            "bootstrap_room",
            "migration_request",
            "with_cache",
            "preserve_cache");

    private final InferenceRequest request;
    private final JsonObject body;
    private final String model;
    private @Nullable String sessionKey;

    private RequestContext(InferenceRequest request, JsonObject body, String model) {
        this.request = request;
        this.body = body;
        this.model = model;
    }

    /**
     * Reads a request.
     *
     * @param models those there are, asked when the request names none
     * @throws InvalidRequestException if the body is no JSON object, or its model is no name
     */
    static RequestContext read(InferenceRequest request, OnlyModel models) {
        JsonObject body = readBody(request.body());
        return new RequestContext(request, body, modelOf(body).orElseGet(models::onlyModel));
    }

    /** Says which model a request means that names none. */
    interface OnlyModel {

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
        if (model.isEmpty() && body.value("model").isPresent()) {
            throw new InvalidRequestException("'model' is not a string (expected: the name of a model).", "model");
        }
        return model;
    }

    InferenceRequest request() {
        return request;
    }

    /** The body to send: the client's, less what only a router may set. */
    byte[] forwardedBody() {
        return body.without(ROUTERS_OWN);
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public Role role() {
        return Role.HYBRID;
    }

    @Override
    public HttpHeaders headers() {
        return request.headers();
    }

    @Override
    public String sessionKey() {
        String known = sessionKey;
        if (known == null) {
            known = new SessionKey(request, body).read();
            sessionKey = known;
        }
        return known;
    }

    @Override
    public Optional<ByteBuffer> member(String name) {
        return body.value(name);
    }
}
