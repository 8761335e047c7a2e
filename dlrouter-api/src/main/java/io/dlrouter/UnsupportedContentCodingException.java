package io.dlrouter;

/** The body has a content coding that the router cannot decode, so that it cannot read which model is meant. */
public final class UnsupportedContentCodingException extends RouterException {
    /** With a message for the client. */
    public UnsupportedContentCodingException(String message) {
        super(415, "unsupported_encoding", message, null);
    }
}
