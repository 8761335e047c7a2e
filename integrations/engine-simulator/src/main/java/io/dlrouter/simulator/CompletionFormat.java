package io.dlrouter.simulator;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The shape of a completion's choices, whole or as the parts of a stream. */
sealed interface CompletionFormat permits ChatFormat, TextFormat {
    /** What the id starts with. */
    String idPrefix();

    /** The {@code object} member of a plain response. */
    String object();

    /** The {@code object} member of an event. */
    String eventObject();

    /** The member that holds the prompt. */
    String promptMember();

    Map<String, @Nullable Object> choice(int index, Output output, int alternatives);

    /** What a stream opens with for a choice, if anything. */
    Optional<Map<String, @Nullable Object>> opening(int index, StreamStyle style);

    Map<String, @Nullable Object> token(int index, Output output, int token, int alternatives, StreamStyle style);

    Map<String, @Nullable Object> ending(int index, Output output, StreamStyle style);
}
