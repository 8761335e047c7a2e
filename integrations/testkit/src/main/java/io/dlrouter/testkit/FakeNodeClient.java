package io.dlrouter.testkit;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Calls to nodes that a test completes. It records each call, may hold calls until the test releases them, and may
 * refuse calls to a node. Safe for use by many threads.
 */
public final class FakeNodeClient implements NodeClient {
    private final Responder responder;
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final Set<NodeAddress> unreachable = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean held;
    private int waiting;

    /** A client whose calls get responses of this responder. */
    public FakeNodeClient(Responder responder) {
        this.responder = responder;
    }

    /** Creates responses. Used by many threads. */
    public interface Responder {
        /** The response to a call. */
        Response respond(Call call);
    }

    /**
     * A call to a node.
     *
     * @param body of a {@code POST}; empty for a {@code GET}
     */
    public record Call(NodeSpec node, String path, Optional<String> body) {}

    @Override
    public Response get(NodeSpec node, String path, Duration limit) throws IOException {
        return respond(new Call(node, path, Optional.empty()));
    }

    @Override
    public Response post(NodeSpec node, EngineCall call, Duration limit) throws IOException {
        return respond(new Call(node, call.path(), Optional.of(call.json())));
    }

    /** All calls so far, in their order. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Refuses connections to this node from now on. */
    public void refuse(NodeSpec node) {
        unreachable.add(node.address());
    }

    /** Holds calls from now on, until {@link #release}. */
    public void hold() {
        locked(() -> held = true);
    }

    /** Releases held calls, and holds no further ones. */
    public void release() {
        locked(() -> held = false);
    }

    /**
     * Waits, in real time, until a call is held.
     *
     * @throws AssertionError if none is within 30 s
     */
    public void awaitHeldCall() throws InterruptedException {
        lock.lock();
        try {
            long left = Duration.ofSeconds(30).toNanos();
            while (waiting == 0) {
                if (left <= 0) {
                    throw new AssertionError("calls: none within 30 s (expected: one that is held)");
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private Response respond(Call call) throws IOException {
        calls.add(call);
        if (unreachable.contains(call.node().address())) {
            throw new ConnectException("Connection refused");
        }
        awaitRelease();
        return responder.respond(call);
    }

    /** An interrupt does not end a call. */
    private void awaitRelease() {
        lock.lock();
        try {
            while (held) {
                waiting++;
                changed.signalAll();
                changed.awaitUninterruptibly();
                waiting--;
            }
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
