package io.dlrouter.backend.vllm;

import io.dlrouter.NodeRegistry;
import io.dlrouter.NodeSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns heartbeats into announcements of nodes, and complains of what is none. What was read once is not read again: an
 * instance sends the same bytes for ever. Used by one thread; times are those of one clock, in nanoseconds.
 */
final class Announcer {
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final int MAX_REMEMBERED = 1_000;

    private final NodeRegistry nodes;
    private final VllmOptions options;
    private final Instances instances;
    private final Complaints complaints = new Complaints();
    private final Map<ByteBuffer, NodeSpec> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, NodeSpec> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    Announcer(NodeRegistry nodes, VllmOptions options, long now) {
        this.nodes = nodes;
        this.options = options;
        this.instances = new Instances(options.zmqPingTimeout(), options.heartbeatExpiration(), now);
    }

    /**
     * Announces the node that a message tells of, if it tells of one.
     *
     * @param frames a ROUTER socket's: the identity of the peer, then what it sent
     */
    void hear(List<byte[]> frames, long now) {
        try {
            NodeSpec node = read(frames);
            nodes.announce(node, options.heartbeatExpiration());
            instances.heard(node, now);
        } catch (MalformedHeartbeatException e) {
            complaints.add(peer(frames), e.reason(), now);
        } catch (RuntimeException e) {
            LOG.debug("A node could not be announced", e);
            complaints.add(peer(frames), "its node could not be announced: " + e, now);
        }
    }

    /** Sees to what did not come. */
    void check(long now) {
        instances.check(now);
    }

    private NodeSpec read(List<byte[]> frames) throws MalformedHeartbeatException {
        if (frames.size() != 2) {
            throw new MalformedHeartbeatException((frames.size() - 1) + " frames (expected: 1)");
        }
        ByteBuffer payload = ByteBuffer.wrap(frames.get(1));
        NodeSpec known = remembered.get(payload);
        if (known != null) {
            return known;
        }
        NodeSpec read = Heartbeat.parse(frames.get(1)).node();
        remembered.put(payload, read);
        return read;
    }

    private static String peer(List<byte[]> frames) {
        return new String(frames.get(0), StandardCharsets.ISO_8859_1);
    }
}
