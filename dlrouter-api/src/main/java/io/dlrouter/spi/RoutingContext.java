package io.dlrouter.spi;

import io.dlrouter.Role;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a strategy may know of a request. What is not asked for is not read from the body, so a strategy that needs no
 * prompt pays nothing for it. Used by one thread at a time.
 */
public interface RoutingContext {

    /** The model that the request names, or the only one there is. */
    String model();

    /** The role that a node is chosen for. */
    Role role();

    /** The client's headers. */
    HttpHeaders headers();

    /**
     * What ties the request to others of the same session: the headers {@code x-session-id}, {@code x-user-id},
     * {@code x-tenant-id}, then the members {@code session_params.session_id}, {@code user}, {@code session_id},
     * {@code user_id}, else the beginning of the conversation, which all turns of one chat share. Kept once read.
     */
    String sessionKey();

    /** The JSON text of a top-level member of the body, as the client wrote it; a read-only view, not a copy. */
    Optional<ByteBuffer> member(String name);
}
