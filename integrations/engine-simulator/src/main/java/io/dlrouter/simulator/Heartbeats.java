package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * A message sent to a router at once and then at every interval, over a ZeroMQ DEALER socket, as the workers of vLLM do.
 * Whether anybody listens makes no difference. Safe for use by any thread.
 */
public final class Heartbeats implements AutoCloseable {
    /** Now and then JeroMQ connects and stays mute; it connects anew when the handshake takes longer than this. */
    private static final int HANDSHAKE_MILLIS = 500;

    private final HostPort listener;
    private final String identity;
    private final byte[] message;
    private final Duration interval;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Beating beating;

    /**
     * Heartbeats that are not sent yet.
     *
     * @param listener host and port where the router listens, without a scheme
     * @param identity the socket's identity; an engine takes its ZeroMQ address
     * @param message what to send, most often a {@link Heartbeat}
     */
    public Heartbeats(String listener, String identity, byte[] message, Duration interval) {
        this.listener = HostPort.parse(listener);
        this.identity = identity;
        this.message = message.clone();
        this.interval = interval;
    }

    /** Sends the first one and goes on; does nothing while they are sent. */
    public void start() {
        lock.lock();
        try {
            if (beating == null) {
                CountDownLatch end = new CountDownLatch(1);
                beating = new Beating(end, CompletableFuture.runAsync(() -> send(end), EngineThreads.EXECUTOR));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends no more and leaves the connection; returns when that is done. */
    public void stop() {
        lock.lock();
        try {
            if (beating != null) {
                beating.end().countDown();
                beating.done().join();
                beating = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The same as {@link #stop}. */
    @Override
    public void close() {
        stop();
    }

    private void send(CountDownLatch end) {
        try (ZContext context = new ZContext();
                ZMQ.Socket dealer = context.createSocket(SocketType.DEALER)) {
            dealer.setLinger(0);
            dealer.setHandshakeIvl(HANDSHAKE_MILLIS);
            dealer.setIdentity(identity.getBytes(UTF_8));
            dealer.connect("tcp://" + listener);
            do {
                dealer.send(message, ZMQ.DONTWAIT);
            } while (!end.await(interval.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private record Beating(CountDownLatch end, CompletableFuture<Void> done) {}
}
