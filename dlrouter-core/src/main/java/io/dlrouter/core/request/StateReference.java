package io.dlrouter.core.request;

import io.dlrouter.InferenceRequest;
import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.openai.InferencePaths;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonValue;
import java.util.Optional;

/**
 * The name by which a request refers to state that one node holds: a response or a conversation of the Responses API.
 *
 * @param id of the response or the conversation
 * @param param the parameter that names it
 * @param isConversation a conversation begins with the first request that names it; a response must be known
 */
public record StateReference(String id, String param, boolean isConversation) {

    /** What a request refers to. */
    static Optional<StateReference> of(InferenceRequest request, JsonObject body) {
        Optional<String> named = InferencePaths.responseId(request.method(), request.path());
        if (named.isPresent()) {
            return named.map(id -> new StateReference(id, "response_id", false));
        }
        if (!InferencePaths.route(request.path()).equals(InferencePaths.RESPONSES)) {
            return Optional.empty();
        }
        return id(body.member("previous_response_id"))
                .map(id -> new StateReference(id, "previous_response_id", false))
                .or(() -> conversation(body).map(id -> new StateReference(id, "conversation", true)));
    }

    /** The id of the conversation that a request belongs to. */
    public static Optional<String> conversation(JsonMembers body) {
        return id(body.member("conversation").map(StateReference::idOf));
    }

    /** A conversation is given by its id, or as an object with its id. */
    private static JsonValue idOf(JsonValue conversation) {
        return conversation.kind() == JsonValue.Kind.OBJECT
                ? conversation.member("id").orElse(conversation)
                : conversation;
    }

    private static Optional<String> id(Optional<JsonValue> value) {
        return value.flatMap(JsonValue::string).filter(id -> !id.isEmpty());
    }
}
