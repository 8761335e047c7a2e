package io.dlrouter.simulator;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * The part of an LMDeploy engine that takes part in separated prefill and decode, over its lives: a restart is a new one,
 * which knows nothing of the one before. Safe for use by any thread.
 */
final class DistServe {
    private static final int REMEMBERED_SESSIONS = 100_000;
    private static final AtomicInteger ZMQ_PORTS = new AtomicInteger(30_000);

    /** More than a double holds. */
    private static final long ADDRESS = 18_014_398_509_481_985L;

    private final DistServeOptions options;
    private final EngineRole role;
    private final Listener listener;
    private final LinkLedger links = new LinkLedger();
    private final SessionLedger sessions = new SessionLedger(REMEMBERED_SESSIONS);
    private final AtomicLong incarnation = new AtomicLong(1);
    private volatile boolean dead;

    DistServe(PdOptions pd, Listener listener) {
        this.options = pd.distServe();
        this.role = pd.role();
        this.listener = listener;
    }

    DistServeOptions options() {
        return options;
    }

    EngineRole role() {
        return role;
    }

    /** Where it reaches others. */
    Network network() {
        return listener.network();
    }

    int port() {
        return listener.port();
    }

    /** The only id that others may know it by. */
    String url() {
        return "http://" + listener.host() + ":" + listener.port();
    }

    LinkLedger links() {
        return links;
    }

    SessionLedger sessions() {
        return sessions;
    }

    /** The number of its life, counted from 1. */
    long incarnation() {
        return incarnation.get();
    }

    boolean isDead() {
        return dead;
    }

    /** Stops serving requests, as one wrong decode request does; the port listens on. */
    void die() {
        dead = true;
    }

    void requireAlive() {
        if (dead) {
            throw new EngineErrorException(500, "the engine's loop has ended (expected: a restart first)", null);
        }
    }

    void restart() {
        incarnation.incrementAndGet();
        links.restart();
        sessions.restart();
        dead = false;
    }

    /** What it tells about itself in this life. */
    String config() {
        return Json.text(Json.object(
                "tp_size",
                options.tpSize(),
                "ep_size",
                1,
                "dp_size",
                1,
                "pp_size",
                null,
                "dp_rank",
                0,
                "block_size",
                options.blockSize(),
                "num_cpu_blocks",
                0,
                "num_gpu_blocks",
                options.numGpuBlocks() + incarnation() - 1));
    }

    /** A new response to {@code p2p_initialize}: an endpoint for each rank, their addresses in text that is nobody's business. */
    String endpoint() {
        int port = ZMQ_PORTS.getAndIncrement();
        List<?> ranks = IntStream.range(0, options.tpSize())
                .mapToObj(rank -> Json.object("protocol", options.protocol(), "endpoint_info", memory(port, rank)))
                .toList();
        return Json.text(Json.object(
                "status",
                1,
                "engine_endpoint_info",
                Json.object("zmq_address", "tcp://" + listener.host() + ":" + port),
                "kvtransfer_endpoint_info",
                ranks));
    }

    private static String memory(int port, int rank) {
        return "{\"mr_info\": {\"0\": {\"addr\": %d, \"length\": 1073741824, \"offset\": 0}}, \"session_id\": \"rank%d:%d\"}"
                .formatted(ADDRESS + rank, rank, port);
    }
}
