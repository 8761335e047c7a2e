package io.dlrouter.simulator;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The threads of all engines in this process: a virtual one for each task where the JDK has them, else pooled daemons. */
final class EngineThreads {
    static final Executor EXECUTOR = executor();

    private EngineThreads() {}

    private static Executor executor() {
        try {
            MethodHandle perTask = MethodHandles.publicLookup()
                    .findStatic(
                            Executors.class,
                            "newVirtualThreadPerTaskExecutor",
                            MethodType.methodType(ExecutorService.class));
            return (ExecutorService) perTask.invokeExact();
        } catch (NoSuchMethodException before21) {
            return Executors.newCachedThreadPool(EngineThreads::daemon);
        } catch (Throwable failure) {
            throw new LinkageError("newVirtualThreadPerTaskExecutor: " + failure.getMessage(), failure);
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "simulated-engine");
        thread.setDaemon(true);
        return thread;
    }
}
