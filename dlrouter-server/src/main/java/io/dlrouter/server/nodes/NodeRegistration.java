package io.dlrouter.server.nodes;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.Moshi;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The body of a {@code POST} to {@code /nodes/*}, as engines and operators write it. Unknown members are ignored. */
final class NodeRegistration {
    private static final JsonAdapter<Body> JSON = new Moshi.Builder().build().adapter(Body.class);
    private static final Status NO_STATUS = new Status(null, null, null, null, null, null);

    private final Body body;

    private NodeRegistration(Body body) {
        this.body = body;
    }

    /** One that gives an address and no more. */
    static NodeRegistration of(String url) {
        return new NodeRegistration(new Body(url, null, null));
    }

    /** @throws InvalidRequestException if it is not a JSON object, or a member is of a wrong type */
    static NodeRegistration parse(String json) {
        try {
            Body body = JSON.fromJson(json);
            if (body != null) {
                return new NodeRegistration(body);
            }
        } catch (JsonDataException e) {
            throw wrongType(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw notJson();
        }
        throw notJson();
    }

    /** @throws InvalidRequestException if there is none, or it has no meaning */
    NodeAddress address() {
        String url = body.url();
        if (url == null) {
            throw new InvalidRequestException("url: missing (expected: http://host:port)", "url");
        }
        return member("url", () -> NodeAddress.parse(url));
    }

    /**
     * The node that is meant, at an address that may be better known than to the node itself.
     *
     * @throws InvalidRequestException if a member has no meaning
     */
    NodeSpec spec(NodeAddress address, String defaultBackend) {
        Status status = body.status() == null ? NO_STATUS : body.status();
        String kind = body.backend() == null ? defaultBackend : body.backend();
        NodeSpec spec = NodeSpec.of(kind, address)
                .withRole(member("status.role", () -> role(status.role())))
                .withModels(member("status.models", () -> models(status.models())));
        spec = with(spec, "speed", status.speed(), NodeSpec::withSpeed);
        spec = with(spec, "bootstrap_port", status.bootstrapPort(), NodeSpec::withBootstrapPort);
        spec = with(spec, "max_in_flight", status.maxInFlight(), NodeSpec::withMaxInFlight);
        String zmqAddress = status.zmqAddress();
        return zmqAddress == null || zmqAddress.isBlank()
                ? spec
                : with(spec, "zmq_address", zmqAddress, NodeSpec::withZmqAddress);
    }

    /** A description with one member more, if it is given. */
    private static <T> NodeSpec with(
            NodeSpec spec, String name, @Nullable T value, BiFunction<NodeSpec, T, NodeSpec> setting) {
        return value == null ? spec : member("status." + name, () -> setting.apply(spec, value));
    }

    private static Role role(@Nullable String role) {
        if (role == null) {
            return Role.HYBRID;
        }
        return role.matches("\\d{1,9}") ? Role.ofWireNumber(Integer.parseInt(role)) : Role.parse(role);
    }

    private static List<String> models(@Nullable List<String> models) {
        if (models == null) {
            return List.of();
        }
        if (models.stream().anyMatch(name -> name == null || name.isBlank())) {
            throw new IllegalArgumentException("models: " + models + " (expected: names, none of them empty)");
        }
        return models;
    }

    private static <T> T member(String name, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException(String.valueOf(e.getMessage()), name);
        }
    }

    /** The message of Moshi has the expectation and the path: {@code ... at path $.status.models}. */
    private static InvalidRequestException wrongType(String message) {
        int member = message.lastIndexOf("$.");
        return new InvalidRequestException(message, member < 0 ? null : message.substring(member + 2));
    }

    private static InvalidRequestException notJson() {
        return new InvalidRequestException("body: not a JSON object (expected: {\"url\": \"http://host:port\"})", null);
    }

    /** What is written. Moshi reads public records only. */
    public record Body(
            @Nullable String url,
            @Nullable Status status,
            @Nullable String backend) {}

    /**
     * The status that an engine announces.
     *
     * @param role LMDeploy's number, or a name
     */
    public record Status(
            @Nullable String role,
            @Nullable List<String> models,
            @Nullable Double speed,
            @Json(name = "zmq_address") @Nullable String zmqAddress,
            @Json(name = "bootstrap_port") @Nullable Integer bootstrapPort,
            @Json(name = "max_in_flight") @Nullable Integer maxInFlight) {}
}
