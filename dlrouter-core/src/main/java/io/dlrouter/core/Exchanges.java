package io.dlrouter.core;

import io.dlrouter.RouterClosedException;
import io.dlrouter.spi.RouterClock;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes exchanges with nodes, and keeps the connections between them. This is the byte path and therefore the project's
 * own: see {@code docs/decisions}. Safe for use by many threads.
 */
final class Exchanges implements AutoCloseable {
    private final Limits limits;
    private final NodeConnector connector;
    private final RouterClock clock;
    private final Deadlines deadlines;
    private final Map<URI, IdleConnections> idle = new ConcurrentHashMap<>();
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();
    private final ExecutorService uploads = Threads.perTask("dlrouter-upload");
    private volatile boolean closed;

    Exchanges(Limits limits, NodeConnector connector, RouterClock clock) {
        this.limits = limits;
        this.connector = connector;
        this.clock = clock;
        this.deadlines = new Deadlines(clock);
    }

    /**
     * Begins an exchange; its limits run from now on. The caller closes it.
     *
     * @param streamed whether the answer is asked for as a stream
     */
    Exchange begin(LiveNode node, boolean streamed) {
        if (closed) {
            throw routerClosed();
        }
        Exchange exchange = new Exchange(this, node, limits, streamed, deadlines);
        underWay.add(exchange);
        if (closed) {
            exchange.abort(routerClosed());
        }
        return exchange;
    }

    /** A connection from an earlier exchange that is open and quiet, or null. */
    @Nullable
    NodeConnection kept(LiveNode node) {
        return idleTo(node).take();
    }

    NodeConnection connect(LiveNode node, Consumer<? super Closeable> onTrying) throws IOException {
        return connector.connect(node.spec().address().url(), limits.connect(), onTrying);
    }

    /** Send large requests while their responses are waited for. */
    Executor uploads() {
        return uploads;
    }

    void keep(LiveNode node, NodeConnection connection) {
        if (closed) {
            connection.close();
        } else {
            idleTo(node).put(connection);
        }
    }

    void ended(Exchange exchange) {
        underWay.remove(exchange);
    }

    /** The router's time. */
    RouterClock clock() {
        return clock;
    }

    private IdleConnections idleTo(LiveNode node) {
        return idle.computeIfAbsent(node.spec().address().url(), engine -> new IdleConnections(deadlines));
    }

    @Override
    public void close() {
        closed = true;
        underWay.forEach(exchange -> exchange.abort(routerClosed()));
        idle.values().forEach(IdleConnections::closeAll);
        uploads.shutdown();
        deadlines.close();
    }

    private static RouterClosedException routerClosed() {
        return new RouterClosedException("The router was closed.");
    }
}
