package io.dlrouter.backend.vllm;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;
import org.msgpack.value.ValueType;

/**
 * What an instance says of itself every three seconds: a MessagePack map of {@code type}, {@code http_address} and
 * {@code zmq_address}, as {@code p2p_nccl_engine.py} of vLLM sends it. Other keys are ignored.
 *
 * @param role what it does
 * @param address its HTTP server
 * @param zmqAddress its KV transfer endpoint
 */
record Heartbeat(Role role, NodeAddress address, Optional<String> zmqAddress) {
    /** Many times what an engine sends, and little enough to be kept for many of them. */
    static final int MAX_BYTES = 4_096;

    private static final Pattern ZMQ_ADDRESS = Pattern.compile("[\\x21-\\x7e]*");

    /** @throws MalformedHeartbeatException if it is anything else */
    static Heartbeat parse(byte[] payload) throws MalformedHeartbeatException {
        if (payload.length > MAX_BYTES) {
            throw new MalformedHeartbeatException(
                    "it has " + payload.length + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        Map<String, String> texts = texts(payload);
        return new Heartbeat(
                role(text(texts, "type")),
                address(text(texts, "http_address")),
                zmqAddress(text(texts, "zmq_address")));
    }

    /** The node that the instance is; its models are not known. */
    NodeSpec node() {
        NodeSpec node = NodeSpec.of(VllmBackend.NAME, address).withRole(role);
        return zmqAddress.map(node::withZmqAddress).orElse(node);
    }

    private static Map<String, String> texts(byte[] payload) throws MalformedHeartbeatException {
        try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(payload)) {
            Map<String, String> texts = new HashMap<>();
            for (int left = unpacker.unpackMapHeader(); left > 0; left--) {
                Optional<String> key = text(unpacker, payload.length);
                Optional<String> value = text(unpacker, payload.length);
                key.ifPresent(name -> value.ifPresent(text -> texts.put(name, text)));
            }
            if (unpacker.hasNext()) {
                throw new MalformedHeartbeatException("bytes follow its map (expected: one MessagePack map)");
            }
            return texts;
        } catch (IOException | MessagePackException e) {
            throw new MalformedHeartbeatException("it is not one MessagePack map: " + e);
        }
    }

    /** The next value if it is text, as a string or as bytes; anything else is passed over. */
    private static Optional<String> text(MessageUnpacker unpacker, int longest) throws IOException {
        ValueType type = unpacker.getNextFormat().getValueType();
        if (!type.isRawType()) {
            unpacker.skipValue();
            return Optional.empty();
        }
        int length = type.isStringType() ? unpacker.unpackRawStringHeader() : unpacker.unpackBinaryHeader();
        if (length > longest) {
            throw new IOException("a text of " + length + " bytes");
        }
        return Optional.of(new String(unpacker.readPayload(length), StandardCharsets.UTF_8));
    }

    private static String text(Map<String, String> texts, String key) throws MalformedHeartbeatException {
        String text = texts.get(key);
        if (text == null) {
            throw new MalformedHeartbeatException(key + ": missing or no text");
        }
        return text;
    }

    private static Role role(String type) throws MalformedHeartbeatException {
        return switch (type) {
            case "P" -> Role.PREFILL;
            case "D" -> Role.DECODE;
            default -> throw new MalformedHeartbeatException("type: " + type + " (expected: P or D)");
        };
    }

    private static NodeAddress address(String address) throws MalformedHeartbeatException {
        boolean url = address.startsWith("http://") || address.startsWith("https://");
        try {
            return NodeAddress.parse(url ? address : "http://" + address);
        } catch (IllegalArgumentException e) {
            throw new MalformedHeartbeatException("http_address: " + address + " (expected: host:port)");
        }
    }

    private static Optional<String> zmqAddress(String address) throws MalformedHeartbeatException {
        if (!ZMQ_ADDRESS.matcher(address).matches()) {
            throw new MalformedHeartbeatException("zmq_address: " + address + " (expected: host:port)");
        }
        return address.isEmpty() ? Optional.empty() : Optional.of(address);
    }
}
