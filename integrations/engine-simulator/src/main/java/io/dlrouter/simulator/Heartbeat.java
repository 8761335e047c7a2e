package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;

/**
 * What a vLLM engine of P2P NCCL says of itself, again and again.
 *
 * @param type {@code P} for prefill, {@code D} for decode
 * @param httpAddress host and port of its HTTP server
 * @param zmqAddress host and port where blocks go, empty for none
 */
public record Heartbeat(String type, String httpAddress, String zmqAddress) {
    private interface Strings {
        void pack(MessageBufferPacker packer, String text) throws IOException;
    }

    /** The MessagePack map that an engine sends, its strings as {@code str}. */
    public byte[] toBytes() {
        return map(MessageBufferPacker::packString);
    }

    /** The same map, its strings, names included, as {@code bin}. */
    public byte[] toBytesOfBinaries() {
        return map((packer, text) -> {
            byte[] bytes = text.getBytes(UTF_8);
            packer.packBinaryHeader(bytes.length).writePayload(bytes);
        });
    }

    private byte[] map(Strings strings) {
        try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
            packer.packMapHeader(3);
            for (String text : new String[] {"type", type, "http_address", httpAddress, "zmq_address", zmqAddress}) {
                strings.pack(packer, text);
            }
            return packer.toByteArray();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
