package io.dlrouter.backend.vllm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;

/** The DEALER of an engine: speaks ZMTP 3.0 on a plain socket, in the steps that libzmq takes. */
final class Engine implements AutoCloseable {
    private static final int SIGNATURE = 10;
    private static final int GREETING = 64;
    private static final int MORE = 1;
    private static final int LONG = 2;
    private static final int COMMAND = 4;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    /** @param identity none if empty */
    Engine(InetAddress host, int port, String identity) throws IOException {
        socket = new Socket(host, port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        greet();
        write(COMMAND, ready(identity));
        in.skipNBytes(1);
        in.skipNBytes(in.readUnsignedByte());
    }

    /** An engine on this machine, whose identity is its ZMQ address. */
    static Engine connect(int port, String identity) throws IOException {
        return new Engine(InetAddress.getLoopbackAddress(), port, identity);
    }

    /** Sends one message of these frames. */
    void send(byte[]... frames) throws IOException {
        for (int i = 0; i < frames.length; i++) {
            write(i < frames.length - 1 ? MORE : 0, frames[i]);
        }
    }

    /** Sends a message and waits for the router to end the connection. */
    boolean isCutOffFor(byte[] frame) throws IOException {
        try {
            send(frame);
            return in.read() == -1;
        } catch (SocketException e) {
            return true;
        }
    }

    private void greet() throws IOException {
        byte[] greeting = Arrays.copyOf(new byte[] {(byte) 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 0}, GREETING);
        System.arraycopy("NULL".getBytes(US_ASCII), 0, greeting, 12, 4);
        out.write(greeting, 0, SIGNATURE);
        in.skipNBytes(SIGNATURE);
        out.write(greeting, SIGNATURE, GREETING - SIGNATURE);
        in.skipNBytes(GREETING - SIGNATURE);
    }

    private static byte[] ready(String identity) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream ready = new DataOutputStream(bytes);
        writeShort(ready, "READY");
        writeShort(ready, "Socket-Type");
        writeProperty(ready, "DEALER");
        writeShort(ready, "Identity");
        writeProperty(ready, identity);
        return bytes.toByteArray();
    }

    private static void writeShort(DataOutputStream ready, String name) throws IOException {
        ready.writeByte(name.length());
        ready.write(name.getBytes(US_ASCII));
    }

    private static void writeProperty(DataOutputStream ready, String value) throws IOException {
        ready.writeInt(value.length());
        ready.write(value.getBytes(US_ASCII));
    }

    private void write(int flags, byte[] frame) throws IOException {
        boolean isLong = frame.length > 255;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream message = new DataOutputStream(bytes);
        message.writeByte(flags | (isLong ? LONG : 0));
        if (isLong) {
            message.writeLong(frame.length);
        } else {
            message.writeByte(frame.length);
        }
        message.write(frame);
        out.write(bytes.toByteArray());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
