package io.dlrouter.core.openai;

import com.squareup.moshi.JsonWriter;
import io.dlrouter.Decision;
import io.dlrouter.Decision.Candidate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import okio.Buffer;

/**
 * Why a node was selected, as a JSON object: the node itself first, then the other candidates, those that the
 * strategy thought best before the others, as many as there is room for.
 */
public final class DecisionJson {
    /** What strategies call the sum of what they weigh, of which the smallest wins. */
    private static final String ESTIMATE = "estimate";

    private DecisionJson() {}

    /**
     * The object, with this many candidates at most.
     *
     * @return it says how many were left out
     */
    public static String of(Decision decision, int most) {
        Buffer text = new Buffer();
        try (JsonWriter json = JsonWriter.of(text)) {
            json.beginObject();
            json.name("strategy").value(decision.strategy());
            json.name("role").value(decision.role().name().toLowerCase(Locale.ROOT));
            json.name("choice").value(decision.choice().toString());
            json.name("candidates").beginArray();
            List<Candidate> candidates = inOrder(decision);
            for (Candidate candidate : candidates.subList(0, Math.min(most, candidates.size()))) {
                write(candidate, json);
            }
            json.endArray();
            json.name("omitted").value(Math.max(0, candidates.size() - most));
            json.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.readUtf8();
    }

    private static List<Candidate> inOrder(Decision decision) {
        return decision.candidates().stream()
                .sorted(Comparator.comparing((Candidate each) -> !each.node().equals(decision.choice()))
                        .thenComparing(each -> each.explanation().getOrDefault(ESTIMATE, 0.0)))
                .toList();
    }

    private static void write(Candidate candidate, JsonWriter json) throws IOException {
        json.beginObject();
        json.name("node").value(candidate.node().toString());
        json.name("in_flight").value(candidate.inFlight());
        for (Map.Entry<String, Double> fact : new TreeMap<>(candidate.explanation()).entrySet()) {
            json.name(fact.getKey());
            write(fact.getValue(), json);
        }
        json.endObject();
    }

    /** Whole numbers without a fraction, others with three digits of it. */
    private static void write(double value, JsonWriter json) throws IOException {
        if (!Double.isFinite(value)) {
            json.value(String.valueOf(value));
        } else if (value == Math.rint(value)) {
            json.value((long) value);
        } else {
            json.value(Math.round(value * 1000) / 1000.0);
        }
    }
}
