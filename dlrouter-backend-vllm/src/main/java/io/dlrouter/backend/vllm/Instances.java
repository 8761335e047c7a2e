package io.dlrouter.backend.vllm;

import io.dlrouter.NodeAddress;
import io.dlrouter.NodeSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instances that announce themselves and when each was last heard, to tell the operator what changes. One that is
 * silent for the lifetime of an announcement is forgotten. Used by one thread; times are those of one clock, in nanoseconds.
 */
final class Instances {
    private static final Logger LOG = LoggerFactory.getLogger(Instances.class);
    private static final long CHECK_INTERVAL = TimeUnit.MILLISECONDS.toNanos(50);

    private final Duration pingTimeout;
    private final Duration lifetime;
    private final Map<NodeAddress, Instance> byAddress = new HashMap<>();
    private long nextCheck;

    private static final class Instance {
        private NodeSpec node;
        private long heard;
        private boolean overdue;

        Instance(NodeSpec node, long heard) {
            this.node = node;
            this.heard = heard;
        }
    }

    /**
     * None yet.
     *
     * @param pingTimeout the silence after which one is overdue
     * @param lifetime the silence after which one is forgotten
     */
    Instances(Duration pingTimeout, Duration lifetime, long now) {
        this.pingTimeout = pingTimeout;
        this.lifetime = lifetime;
        this.nextCheck = now;
    }

    void heard(NodeSpec node, long now) {
        Instance known = byAddress.get(node.address());
        if (known == null) {
            byAddress.put(node.address(), new Instance(node, now));
        } else {
            renew(known, node, now);
        }
    }

    private static void renew(Instance known, NodeSpec node, long now) {
        if (known.overdue) {
            LOG.info("{} sends heartbeats again", node.address());
        }
        if (!known.node.equals(node)) {
            LOG.info("{} was {} and is now {}", node.address(), description(known.node), description(node));
        }
        known.node = node;
        known.heard = now;
        known.overdue = false;
    }

    /** Warns of those that have become overdue. To be called often: a call that comes too early does nothing. */
    void check(long now) {
        if (now - nextCheck >= 0) {
            nextCheck = now + CHECK_INTERVAL;
            byAddress.values().removeIf(instance -> now - instance.heard >= lifetime.toNanos());
            byAddress.values().forEach(instance -> warnIfOverdue(instance, now));
        }
    }

    private void warnIfOverdue(Instance instance, long now) {
        if (!instance.overdue && now - instance.heard >= pingTimeout.toNanos()) {
            instance.overdue = true;
            LOG.warn(
                    "{} ({}) has sent no heartbeat for {} s; after {} s it is taken out unless a health probe passes",
                    instance.node.address(),
                    description(instance.node),
                    seconds(pingTimeout),
                    seconds(lifetime));
        }
    }

    private static String description(NodeSpec node) {
        return node.role() + " with KV transfer at " + node.zmqAddress().orElse("no ZMQ address");
    }

    private static double seconds(Duration time) {
        return time.toMillis() / 1e3;
    }
}
