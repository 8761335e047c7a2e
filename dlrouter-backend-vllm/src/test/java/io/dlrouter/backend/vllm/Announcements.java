package io.dlrouter.backend.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeRegistry;
import io.dlrouter.NodeSpec;
import io.dlrouter.NodeStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A table of nodes that only hears what is announced. */
final class Announcements implements NodeRegistry {
    private final BlockingQueue<Announcement> heard = new LinkedBlockingQueue<>();
    private volatile boolean refusing;

    record Announcement(NodeSpec node, Duration lifetime) {}

    /** From now on nothing that is announced is taken. */
    void refuse() {
        refusing = true;
    }

    void accept() {
        refusing = false;
    }

    /** Waits for the next announcement. */
    Announcement next() throws InterruptedException {
        Announcement next = heard.poll(30, TimeUnit.SECONDS);
        assertThat(next).as("an announcement").isNotNull();
        return next;
    }

    @Override
    public void announce(NodeSpec node, Duration lifetime) {
        if (refusing) {
            throw new IllegalStateException("nothing is taken");
        }
        heard.add(new Announcement(node, lifetime));
    }

    @Override
    public void add(NodeSpec spec) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean remove(NodeAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean drain(NodeAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean terminate(NodeAddress address) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<NodeStatus> all() {
        throw new UnsupportedOperationException();
    }
}
