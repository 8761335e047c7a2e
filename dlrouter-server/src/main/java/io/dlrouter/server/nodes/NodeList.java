package io.dlrouter.server.nodes;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.Moshi;
import com.squareup.moshi.Types;
import io.dlrouter.ModelCard;
import io.dlrouter.NodeStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The response of {@code GET /nodes/status}: a map of nodes by their names. */
final class NodeList {
    private static final JsonAdapter<Map<String, Card>> JSON = new Moshi.Builder()
            .build()
            .<Map<String, Card>>adapter(Types.newParameterizedType(Map.class, String.class, Card.class))
            .serializeNulls();

    private NodeList() {}

    /** The nodes as JSON, in the order given. */
    static String json(Stream<NodeStatus> nodes) {
        Map<String, Card> cards = new LinkedHashMap<>();
        nodes.forEach(node -> cards.put(node.spec().address().toString(), card(node)));
        return JSON.toJson(cards);
    }

    private static Card card(NodeStatus node) {
        return new Card(
                node.spec().role().wireNumber(),
                node.models().stream().map(ModelCard::id).toList(),
                node.inFlight(),
                node.latencies(),
                node.spec().speed().isPresent() ? node.spec().speed().getAsDouble() : null,
                node.spec().zmqAddress().orElse(null),
                orNull(node.spec().bootstrapPort()),
                orNull(node.spec().dpSize()),
                orNull(node.spec().maxInFlight()),
                node.state().name().toLowerCase(Locale.ROOT),
                node.reason().orElse(null),
                node.spec().backend(),
                node.handoversMissed());
    }

    private static @Nullable Integer orNull(OptionalInt number) {
        return number.isPresent() ? number.getAsInt() : null;
    }

    /** One node. Its first members are those of LMDeploy's proxy. Moshi reads public records only. */
    public record Card(
            int role,
            List<String> models,
            int unfinished,
            List<Double> latency,
            @Nullable Double speed,
            @Json(name = "zmq_address") @Nullable String zmqAddress,
            @Json(name = "bootstrap_port") @Nullable Integer bootstrapPort,
            @Json(name = "dp_size") @Nullable Integer dpSize,
            @Json(name = "max_in_flight") @Nullable Integer maxInFlight,
            String state,
            @Nullable String reason,
            String backend,
            @Json(name = "handovers_missed") long handoversMissed) {}
}
