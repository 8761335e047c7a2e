package io.dlrouter.core.runtime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Makes the threads of a router. Safe for use by many threads. */
public final class Threads {
    private static final Threads SYSTEM = new Threads(null);

    private final @Nullable ThreadFactory factory;

    private Threads(@Nullable ThreadFactory factory) {
        this.factory = factory;
    }

    /** Virtual threads on Java 21 and newer, else daemon threads. */
    public static Threads system() {
        return SYSTEM;
    }

    /** Threads of this factory, each kept for a minute after its task for the next one. */
    public static Threads of(@Nullable ThreadFactory factory) {
        return factory == null ? SYSTEM : new Threads(factory);
    }

    /**
     * A thread for each task: virtual on Java 21 and newer, else cached daemon threads (on 19 and 20 virtual ones are a
     * preview). The caller closes it.
     */
    public ExecutorService perTask(String name) {
        return factory == null ? systemPerTask(name) : Executors.newCachedThreadPool(factory);
    }

    private static ExecutorService systemPerTask(String name) {
        try {
            MethodHandle virtual = MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class));
            return (ExecutorService) virtual.invokeExact();
        } catch (NoSuchMethodException | UnsupportedOperationException e) {
            return Executors.newCachedThreadPool(daemons(name));
        } catch (Throwable e) {
            throw new IllegalStateException("virtual threads cannot be made", e);
        }
    }

    /** One daemon thread for what is to be done later; a task that is cancelled is forgotten at once. */
    ScheduledThreadPoolExecutor timer(String name) {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, factory == null ? daemons(name) : factory);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private static ThreadFactory daemons(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
