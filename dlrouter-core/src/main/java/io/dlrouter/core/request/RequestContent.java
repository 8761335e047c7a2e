package io.dlrouter.core.request;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.dlrouter.InferenceRequest;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.MalformedJsonException;
import java.util.Optional;

/** The body of a request: the bytes that are forwarded, and what the router reads in them. Immutable. */
final class RequestContent {
    private static final JsonObject NO_MEMBERS = JsonObject.read("{}".getBytes(US_ASCII));

    private final byte[] bytes;
    private final JsonObject members;
    private final Kind kind;
    private final Optional<String> model;
    private final boolean isStream;

    private enum Kind {
        /** A JSON object as the client sent it. */
        JSON,
        /** A JSON object that the client sent with a content coding. */
        ENCODED_JSON,
        /** A form, or nothing: forwarded as it is. */
        OPAQUE
    }

    private RequestContent(byte[] bytes, JsonObject members, Kind kind, Optional<String> model, boolean isStream) {
        this.bytes = bytes;
        this.members = members;
        this.kind = kind;
        this.model = model;
        this.isStream = isStream;
    }

    /**
     * Reads the body of a request.
     *
     * @param maxDecoded how many bytes a body with a content coding may have once it is decoded
     * @throws InvalidRequestException if it is not what its headers state, or its model is no name
     */
    static RequestContent read(InferenceRequest request, int maxDecoded) {
        byte[] body = request.body();
        if (InferencePaths.hasNoBody(request.method(), request.path())) {
            boolean stream = InferencePaths.query(request.path()).matches("(?:.*&)?stream=(?i:true|1)(?:&.*)?");
            return new RequestContent(body, NO_MEMBERS, Kind.OPAQUE, Optional.empty(), stream);
        }
        Optional<ContentCoding> coding = ContentCoding.of(request.headers());
        byte[] plain = coding.map(known -> known.decode(body, maxDecoded)).orElse(body);
        Optional<String> form = request.headers().firstValue("content-type").filter(MultipartForm::isType);
        if (form.isPresent()) {
            return form(body, MultipartForm.of(form.get(), plain));
        }
        JsonObject members = json(plain);
        Kind kind = coding.isPresent() ? Kind.ENCODED_JSON : Kind.JSON;
        boolean stream =
                members.member("stream").filter(value -> value.is("true")).isPresent();
        return new RequestContent(body, members, kind, modelOf(members), stream);
    }

    private static RequestContent form(byte[] body, MultipartForm form) {
        boolean stream = form.field("stream").filter("true"::equalsIgnoreCase).isPresent();
        Optional<String> model = form.field("model").filter(name -> !name.isEmpty());
        return new RequestContent(body, NO_MEMBERS, Kind.OPAQUE, model, stream);
    }

    private static JsonObject json(byte[] body) {
        try {
            return JsonObject.read(body);
        } catch (MalformedJsonException e) {
            throw new InvalidRequestException("The body is not a JSON object: " + e.getMessage() + ".", null);
        }
    }

    /** Engines take null and "" for a model that is not named. */
    private static Optional<String> modelOf(JsonObject body) {
        if (body.count("model") > 1) {
            throw new InvalidRequestException("'model' occurs in the body more than once (expected: once).", "model");
        }
        Optional<JsonValue> member = body.member("model").filter(value -> value.kind() != JsonValue.Kind.NULL);
        Optional<String> model = member.flatMap(JsonValue::string);
        if (model.isEmpty() && member.isPresent()) {
            throw new InvalidRequestException("'model' is not a string (expected: the name of a model).", "model");
        }
        return model.filter(name -> !name.isEmpty());
    }

    /** The model that it names. */
    Optional<String> model() {
        return model;
    }

    /** The members of a JSON object; empty for anything else. */
    JsonObject members() {
        return members;
    }

    /** Whether it asks for a stream. */
    boolean isStream() {
        return isStream;
    }

    /** Whether it is a JSON object, with or without a content coding. */
    boolean isJson() {
        return kind != Kind.OPAQUE;
    }

    /** The text that strategies read: the JSON text, or the bytes of a form. */
    byte[] source() {
        return isJson() ? members.source() : bytes;
    }

    /** The bytes to forward: the client's own array if the edit changes nothing in it. A form is never edited. */
    byte[] edited(BodyEdit edit) {
        if (kind == Kind.OPAQUE) {
            return bytes;
        }
        byte[] edited = members.edited(edit);
        return edited == members.source() ? bytes : edited;
    }
}
