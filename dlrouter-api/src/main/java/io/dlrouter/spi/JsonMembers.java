package io.dlrouter.spi;

import java.nio.ByteBuffer;
import java.util.Optional;

/** The top-level members of a JSON object, each as the text that stands there. */
public interface JsonMembers {

    /**
     * The JSON text of a member, byte for byte; a read-only view, not a copy. Of several members of this name it is the
     * last.
     */
    Optional<ByteBuffer> member(String name);
}
