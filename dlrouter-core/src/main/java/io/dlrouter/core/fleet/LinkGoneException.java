package io.dlrouter.core.fleet;

/** A link was dropped before anything was sent over it, so the attempt may be repeated. */
public final class LinkGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LinkGoneException() {
        super("The link between two nodes went before it was used.");
    }
}
