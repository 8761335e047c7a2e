package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;

/**
 * Where an engine waits for a peer, as it responds to {@code POST /distserve/p2p_initialize}; passed to the peer as it
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
        JsonValue answer = succeeded(response);
        return new Endpoint(
                member(answer, ENGINE, Kind.OBJECT, "an object"), member(answer, TRANSFERS, Kind.ARRAY, "an array"));
    }

    /**
     * A response to a step of the handshake.
     *
     * @throws IllegalArgumentException if the engine did not succeed
     */
    static JsonValue succeeded(String response) {
        JsonValue answer = JsonValue.parse(response);
        String status = text(answer, "status");
        if (!status.equals(SUCCESS)) {
            throw new IllegalArgumentException("status: " + status + " (expected: " + SUCCESS + ")");
        }
        return answer;
    }

    private static String member(JsonValue answer, String name, Kind kind, String expected) {
        return answer.member(name)
                .filter(value -> value.kind() == kind)
                .map(JsonValue::text)
                .orElseThrow(() -> new IllegalArgumentException(
                        name + ": " + text(answer, name) + " (expected: " + expected + ")"));
    }

    private static String text(JsonValue answer, String name) {
        return answer.member(name).map(JsonValue::text).orElse("none");
    }
}
