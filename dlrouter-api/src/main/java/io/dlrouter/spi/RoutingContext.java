package io.dlrouter.spi;

import io.dlrouter.Role;
import java.net.http.HttpHeaders;

/**
 * A request as strategies and protocols see it, including the members of its body. Values are read on demand, so a
 * strategy that does not use the prompt pays nothing for it. For use by one thread at a time.
 */
public interface RoutingContext extends JsonMembers {

    /** The model that the request names, or the only one of the fleet. */
    String model();

    /** The path without a query and a trailing slash; the id of a stored response in it is {@code {id}}. */
    String route();

    /** The role that a node is selected for. */
    Role role();

    /** The request id: the client's {@code X-Request-Id}, or a generated one. */
    String requestId();

    /** The client's headers. */
    HttpHeaders headers();

    /**
     * The key of the session: the headers {@code x-session-id}, {@code x-user-id}, {@code x-tenant-id}, then the
     * members {@code session_params.session_id}, {@code user}, {@code session_id}, {@code user_id}, else the beginning
     * of the conversation, which all turns of a chat share. Read once.
     */
    String sessionKey();

    /**
     * The prompt, read once. Reading takes time proportional to its length, so call this first in {@link
     * RoutingStrategy.Selector#prepare}. Empty if the body has no known form of a prompt.
     */
    Prompt prompt();

    /** The router's clock in nanoseconds; only differences have a meaning. */
    long nanoTime();
}
