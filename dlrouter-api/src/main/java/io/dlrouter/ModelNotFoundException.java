package io.dlrouter;

/** No node serves the model that the request names. */
public final class ModelNotFoundException extends RouterException {
    /** With a message for the client. */
    public ModelNotFoundException(String message) {
        super(404, "model_not_found", message, null);
    }
}
