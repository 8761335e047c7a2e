package io.dlrouter.core.fleet;

/** A link went before anything was sent over it, so that nothing is lost and all may be done again. */
public final class LinkGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LinkGoneException() {
        super("The link between two nodes went before it was used.");
    }
}
