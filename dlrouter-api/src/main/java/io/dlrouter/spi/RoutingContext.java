package io.dlrouter.spi;

import io.dlrouter.Role;
import java.net.http.HttpHeaders;

/**
 * What a strategy or a protocol may know of a request: beside this the members of its body, as the client wrote them.
 * What is not asked for is not read, so a strategy that needs no prompt pays nothing for it. Used by one thread at a
 * time.
 */
public interface RoutingContext extends JsonMembers {

    /** The model that the request names, or the only one there is. */
    String model();

    /** The path that it was sent to, without a query and a trailing slash; an id of a stored response is {@code {id}}. */
    String route();

    /** The role that a node is chosen for. */
    Role role();

    /** The name of the request: the client's {@code X-Request-Id}, or one that the router made. */
    String requestId();

    /** The client's headers. */
    HttpHeaders headers();

    /**
     * What ties the request to others of the same session: the headers {@code x-session-id}, {@code x-user-id},
     * {@code x-tenant-id}, then the members {@code session_params.session_id}, {@code user}, {@code session_id},
     * {@code user_id}, else the beginning of the conversation, which all turns of one chat share. Kept once read.
     */
    String sessionKey();

    /**
     * What the engine will be given to read. Takes the longer the longer it is, so {@link RoutingStrategy.Selector#prepare}
     * is the place to have it read; kept once read. Empty if the body is not of a form that is known to hold a prompt.
     */
    Prompt prompt();

    /** What the router's clock shows, in nanoseconds from some time on; only differences of it have a meaning. */
    long nanoTime();
}
