package io.dlrouter.server;

import java.util.concurrent.LinkedBlockingQueue;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The threads of the HTTP server. A request blocks one thread until it has its response, so there are as many as
 * open streams: virtual threads where Java has them, else a pool that is large enough.
 */
final class ServerThreads {
    private static final int MAX_REQUESTS = 8192;
    private static final int OTHER_ROUTES = 64;
    private static final int MIN_THREADS = 8;

    private ServerThreads() {}

    /**
     * The threads. Their queue is not Jetty's own, which starts the JVM's management, a tenth of the time to start.
     *
     * @param selectors how many of the threads watch the connections
     */
    static QueuedThreadPool pool(int selectors) {
        QueuedThreadPool pool =
                new QueuedThreadPool(MAX_REQUESTS + OTHER_ROUTES + selectors, MIN_THREADS, new LinkedBlockingQueue<>());
        pool.setName("http");
        if (VirtualThreads.areSupported()) {
            pool.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("http-virtual-"));
        }
        return pool;
    }

    /**
     * The limit of open inference requests, with which a thread stays free for {@code /health}.
     *
     * @param limit as configured; 0 for any number
     */
    static int maxRequests(int limit) {
        if (VirtualThreads.areSupported()) {
            return limit;
        }
        return limit == 0 ? MAX_REQUESTS : Math.min(limit, MAX_REQUESTS);
    }
}
