package io.dlrouter.backend.vllm;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.UncheckedZMQException;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * The bound ROUTER socket that heartbeats come to. An instance's identity is its ZMQ address: when it comes back before
 * its old connection is known to be dead, the new one takes over. Used and closed by the thread that bound it; closing
 * it frees the port.
 */
final class HeartbeatSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatSocket.class);
    /**
     * Far more than a heartbeat has, so that what is too long can be heard and reported. A peer that begins a still
     * longer frame is disconnected by JeroMQ, without a word.
     */
    private static final int MAX_FRAME_BYTES = (1 << 20) + (64 << 10);
    /** For each connection; a peer that sends faster than it is heard is held up by TCP. */
    private static final int MAX_QUEUED = 8;

    private static final int KEEP_ALIVE = 1;

    private final ZContext context;
    private final ZMQ.Socket socket;
    /** Whether a thread of JeroMQ's own has died. */
    private volatile boolean broken;

    private HeartbeatSocket(ZContext context, boolean ipv6, Duration patience) {
        this.context = context;
        context.setUncaughtExceptionHandler((thread, e) -> {
            LOG.error("Heartbeat socket failed; it will be bound again", e);
            broken = true;
        });
        context.setNotificationExceptionHandler((thread, e) -> LOG.debug("A connection broke", e));
        socket = context.createSocket(SocketType.ROUTER);
        socket.setIPv6(ipv6);
        socket.setRouterHandover(true);
        socket.setTCPKeepAlive(KEEP_ALIVE);
        socket.setMaxMsgSize(MAX_FRAME_BYTES);
        socket.setRcvHWM(MAX_QUEUED);
        socket.setReceiveTimeOut((int) patience.toMillis());
    }

    /**
     * Binds a new one.
     *
     * @param port 0 for any that is free
     * @param patience how long {@link #receive} waits
     * @throws IOException if there is no such address here, or its port is in use
     */
    static HeartbeatSocket bind(String host, int port, Duration patience) throws IOException {
        InetAddress address = InetAddress.getByName(host);
        boolean ipv6 = address instanceof Inet6Address;
        String name = ipv6 ? "[" + address.getHostAddress() + "]" : address.getHostAddress();
        ZContext context = new ZContext();
        try {
            HeartbeatSocket bound = new HeartbeatSocket(context, ipv6, patience);
            bound.socket.bind("tcp://" + name + ":" + port);
            return bound;
        } catch (UncheckedZMQException e) {
            context.close();
            throw new IOException(e.toString(), e);
        }
    }

    /** Where it is bound, such as {@code tcp://0.0.0.0:30001}. */
    String endpoint() {
        return socket.getLastEndpoint();
    }

    int port() {
        return Integer.parseInt(endpoint().substring(endpoint().lastIndexOf(':') + 1));
    }

    /** The frames of the next message, its peer's identity first; none if none comes within its patience. */
    List<byte[]> receive() throws IOException {
        List<byte[]> frames = new ArrayList<>(2);
        if (broken) {
            throw new IOException("a thread of the socket has died");
        }
        try {
            byte[] identity = socket.recv();
            if (identity != null) {
                frames.add(identity);
                while (socket.hasReceiveMore()) {
                    frames.add(socket.recv());
                }
            }
            return frames;
        } catch (UncheckedZMQException e) {
            throw new IOException(e.toString(), e);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
