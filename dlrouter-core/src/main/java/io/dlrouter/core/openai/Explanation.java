package io.dlrouter.core.openai;

import io.dlrouter.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The headers in which a client asks why its nodes are selected, and is told. */
public final class Explanation {
    /** The header of a request that asks. */
    public static final String QUESTION = "x-dlrouter-explain";

    /** The header of a response that says why, once for each node that was tried. */
    public static final String RESPONSE = "x-dlrouter-decision";

    /** All headers of a response have 8 KiB. */
    private static final int DECISIONS = 2;

    private static final int DECISION_BYTES = 2000;
    private static final int CANDIDATES = 16;

    private Explanation() {}

    /**
     * Whether a client asks.
     *
     * @param question the value of its header, if there is one
     */
    public static boolean isAsked(@Nullable String question) {
        return "1".equals(question);
    }

    /** What the header of the response says, once for each value. The last decisions are those that led to it. */
    public static List<String> of(List<Decision> decisions) {
        return decisions.stream()
                .skip(Math.max(0, decisions.size() - DECISIONS))
                .map(Explanation::fitting)
                .toList();
    }

    private static String fitting(Decision decision) {
        int candidates = CANDIDATES;
        String text = DecisionJson.of(decision, candidates);
        while (text.length() > DECISION_BYTES && candidates > 0) {
            text = DecisionJson.of(decision, --candidates);
        }
        return text;
    }
}
