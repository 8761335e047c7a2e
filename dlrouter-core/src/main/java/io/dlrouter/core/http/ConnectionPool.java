package io.dlrouter.core.http;

import io.dlrouter.RouterClosedException;
import io.dlrouter.core.runtime.Deadlines;
import io.dlrouter.core.runtime.Threads;
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
 * Starts calls to nodes, and keeps idle connections between calls. Part of the byte path and therefore the project's
 * own, see {@code docs/decisions}. Safe for use by many threads.
 */
public final class ConnectionPool implements NodeCall.Connections, AutoCloseable {
    private final CallTimeouts limits;
    private final NodeConnector connector;
    private final RouterClock clock;
    private final Deadlines deadlines;
    private final Map<URI, IdleConnections> idle = new ConcurrentHashMap<>();
    private final Set<NodeCall> underWay = ConcurrentHashMap.newKeySet();
    private final ExecutorService uploads;
    private volatile boolean closed;

    public ConnectionPool(CallTimeouts limits, NodeConnector connector, RouterClock clock, Threads threads) {
        this.uploads = threads.perTask("dlrouter-upload");
        this.limits = limits;
        this.connector = connector;
        this.clock = clock;
        this.deadlines = new Deadlines(clock);
    }

    /**
     * Starts a call, whose time limits begin now. The caller closes it.
     *
     * @param node the name of the node in messages, by its {@code toString}
     * @param streamed whether the request asks for a stream
     */
    public NodeCall begin(URI engine, Object node, boolean streamed) {
        if (closed) {
            throw routerClosed();
        }
        NodeCall call = new NodeCall(this, engine, node, limits, streamed, deadlines);
        underWay.add(call);
        if (closed) {
            call.abort(routerClosed());
        }
        return call;
    }

    @Override
    public @Nullable NodeConnection kept(URI engine) {
        return idleTo(engine).take();
    }

    @Override
    public NodeConnection connect(URI engine, Consumer<? super Closeable> onTrying) throws IOException {
        return connector.connect(engine, limits.connect(), onTrying);
    }

    @Override
    public Executor uploads() {
        return uploads;
    }

    @Override
    public void keep(URI engine, NodeConnection connection) {
        if (closed) {
            connection.close();
        } else {
            idleTo(engine).put(connection);
        }
    }

    @Override
    public void ended(NodeCall call) {
        underWay.remove(call);
    }

    @Override
    public RouterClock clock() {
        return clock;
    }

    private IdleConnections idleTo(URI engine) {
        return idle.computeIfAbsent(engine, unused -> new IdleConnections(deadlines));
    }

    @Override
    public void close() {
        closed = true;
        underWay.forEach(call -> call.abort(routerClosed()));
        idle.values().forEach(IdleConnections::closeAll);
        uploads.shutdown();
        deadlines.close();
    }

    private static RouterClosedException routerClosed() {
        return new RouterClosedException("The router was closed.");
    }
}
