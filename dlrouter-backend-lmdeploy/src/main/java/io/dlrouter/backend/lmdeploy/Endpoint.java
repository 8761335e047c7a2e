package io.dlrouter.backend.lmdeploy;

import java.util.Map;
import java.util.Optional;

/**
 * Where an engine waits for a peer, as it answers to {@code POST /distserve/p2p_initialize}; passed to the peer as it
 * stands.
 *
 * @param engine JSON text: its {@code engine_endpoint_info}
 * @param transfers JSON text: its {@code kvtransfer_endpoint_info}, one for each rank, in their order
 */
record Endpoint(String engine, String transfers) {
    private static final String ENGINE = "engine_endpoint_info";
    private static final String TRANSFERS = "kvtransfer_endpoint_info";
    /** {@code DistServeConnectionStatus.SUCCESS} in {@code lmdeploy/pytorch/disagg/conn/protocol.py}. */
    private static final String SUCCESS = "1";

    /** @throws IllegalArgumentException if the engine did not succeed, or answered something else */
    static Endpoint parse(String response) {
        Map<String, JsonText> members = succeeded(response);
        JsonText engine = member(members, ENGINE, '{', "an object");
        JsonText transfers = member(members, TRANSFERS, '[', "an array");
        return new Endpoint(engine.text(), transfers.text());
    }

    /**
     * The members of an answer to a step of the handshake.
     *
     * @throws IllegalArgumentException if the engine did not succeed
     */
    static Map<String, JsonText> succeeded(String response) {
        Map<String, JsonText> members = new JsonText(response).members();
        String status = text(members, "status");
        if (!status.equals(SUCCESS)) {
            throw new IllegalArgumentException("status: " + status + " (expected: " + SUCCESS + ")");
        }
        return members;
    }

    private static JsonText member(Map<String, JsonText> members, String name, char first, String expected) {
        return Optional.ofNullable(members.get(name))
                .filter(value -> value.text().charAt(0) == first)
                .orElseThrow(() -> new IllegalArgumentException(
                        name + ": " + text(members, name) + " (expected: " + expected + ")"));
    }

    private static String text(Map<String, JsonText> members, String name) {
        return members.getOrDefault(name, new JsonText("none")).text();
    }
}
