package io.dlrouter.backend.vllm;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/** Bytes as an engine packs them. */
final class Packed {
    private Packed() {}

    /** What writes into a message. */
    interface Content {
        void writeTo(MessageBufferPacker packer) throws IOException;
    }

    static byte[] of(Content content) {
        try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
            content.writeTo(packer);
            return packer.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A map of strings: keys and values in turn. */
    static byte[] map(String... keysAndValues) {
        return of(packer -> {
            packer.packMapHeader(keysAndValues.length / 2);
            for (String text : keysAndValues) {
                packer.packString(text);
            }
        });
    }

    /** The heartbeat of an instance. */
    static byte[] heartbeat(String type, String httpAddress, String zmqAddress) {
        return map("type", type, "http_address", httpAddress, "zmq_address", zmqAddress);
    }
}
