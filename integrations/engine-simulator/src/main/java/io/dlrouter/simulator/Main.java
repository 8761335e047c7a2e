package io.dlrouter.simulator;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Runs engines from the command line until the process is ended. */
@Command(name = "engine-simulator", description = "Runs fake LLM engines, for trying out and testing a router.")
final class Main implements Callable<Integer> {
    private static final int FAILURE = 1;
    private static final int USAGE_ERROR = 2;
    private static final int RECORDED = 100;

    @Option(names = "--kind", description = "vllm, sglang or lmdeploy (default: vllm)")
    private EngineKind kind = EngineKind.VLLM;

    @Option(names = "--count", defaultValue = "1", description = "how many engines (default: ${DEFAULT-VALUE})")
    private int count;

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "bind address (default: ${DEFAULT-VALUE})")
    private String host = "";

    @Option(names = "--port", defaultValue = "9001", description = "the first engine's port, the others follow it")
    private int port;

    @Option(names = "--model", defaultValue = "demo", split = ",", description = "models served, comma list")
    private List<String> models = List.of();

    @Option(names = "--ttft", defaultValue = "0ms", description = "time to the first token (default: ${DEFAULT-VALUE})")
    private Duration timeToFirstToken = Duration.ZERO;

    @Option(names = "--tpot", defaultValue = "0ms", description = "time for each token after it")
    private Duration timePerToken = Duration.ZERO;

    @Option(names = "--tokens", defaultValue = "32", description = "tokens of an answer without max_tokens")
    private int tokens;

    @Option(names = "--api-key", description = "Bearer token to ask for")
    private @Nullable String apiKey;

    @Option(names = "--keep-alive", defaultValue = "5s", description = "when to close an idle connection")
    private Duration keepAlive = Duration.ZERO;

    @Option(names = "--allow-terminate-by-client", description = "let GET /terminate stop an lmdeploy engine")
    private boolean terminable;

    @Option(names = "--role", description = "hybrid, prefill or decode (default: hybrid)")
    private EngineRole role = EngineRole.HYBRID;

    @Option(names = "--kv-lease", defaultValue = "30s", description = "how long prefill holds KV blocks to be pulled")
    private Duration kvLease = Duration.ZERO;

    @Option(
            names = "--zmq-address",
            description = "speak P2P NCCL instead of NIXL, at this host:port; the other engines' ports follow it")
    private @Nullable String zmqAddress;

    @Option(
            names = "--bootstrap-port",
            defaultValue = "8998",
            description = "where an sglang prefill engine waits for decode; the other engines' ports follow it")
    private int bootstrapPort;

    @Option(names = "--data-parallel-size", defaultValue = "1", description = "ranks to take requests for")
    private int dataParallelSize;

    @Option(
            names = "--data-parallel-start-rank",
            description = "number vllm's ranks over all engines, from this one on, and refuse others")
    private @Nullable Integer firstDataParallelRank;

    @Option(names = "--heartbeat", description = "host:port of a router to send heartbeats to over ZeroMQ")
    private @Nullable String heartbeatListener;

    @Option(names = "--register", description = "gateway to register at by POST /nodes/add, before the port listens")
    private @Nullable String gateway;

    @Option(names = "--initializing", defaultValue = "0ms", description = "how long /health says so")
    private Duration initializing = Duration.ZERO;

    @Mixin
    private final DistServeArguments distServe = new DistServeArguments();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "print this")
    @SuppressWarnings("UnusedVariable") // picocli prints the help once it has set this
    private boolean help;

    @Option(names = "--backend", description = "backend to name when registering")
    private @Nullable String backend;

    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs the command line; returns the exit code when that is not to run on. */
    static int run(String... args) {
        CommandLine line = new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Duration.class, Main::duration)
                .setParameterExceptionHandler((wrong, ignored) -> complain(wrong.getCommandLine(), wrong, USAGE_ERROR))
                .setExecutionExceptionHandler((failure, command, ignored) -> complain(
                        command, failure, failure instanceof IllegalArgumentException ? USAGE_ERROR : FAILURE));
        return line.execute(Stream.of(args).map(Main::withDashes).toArray(String[]::new));
    }

    @Override
    public Integer call() throws InterruptedException {
        if (count < 1) {
            throw new IllegalArgumentException("count: " + count + " (expected: 1 or more)");
        }
        for (int i = 0; i < count; i++) {
            SimulatedEngine engine = start(i);
            System.out.println(engine + " serves " + String.join(", ", models));
        }
        new CountDownLatch(1).await();
        return 0;
    }

    private SimulatedEngine start(int index) {
        SimulatedEngineBuilder builder = SimulatedEngine.builder(kind)
                .models(models.toArray(String[]::new))
                .host(host)
                .port(nth(port, index))
                .bootstrapPort(nth(bootstrapPort, index))
                .timeToFirstToken(timeToFirstToken)
                .timePerToken(timePerToken)
                .tokens(tokens)
                .keepAlive(keepAlive)
                .role(role)
                .kvLease(kvLease)
                .initializing(initializing)
                .distServe(distServe.options())
                .dataParallelSize(dataParallelSize)
                .recordLast(RECORDED);
        if (apiKey != null) {
            builder.apiKey(apiKey);
        }
        if (firstDataParallelRank != null) {
            builder.firstDataParallelRank(firstDataParallelRank + index * dataParallelSize);
        }
        if (zmqAddress != null) {
            builder.zmqAddress(HostPort.parse(zmqAddress).plus(index).toString());
        }
        if (heartbeatListener != null) {
            builder.heartbeatsTo(heartbeatListener);
        }
        if (gateway != null) {
            builder.registerAt(gateway);
        }
        if (backend != null) {
            builder.backend(backend);
        }
        if (terminable) {
            builder.allowTerminate();
        }
        return builder.start();
    }

    private static int nth(int firstPort, int index) {
        return firstPort == 0 ? 0 : firstPort + index;
    }

    /** Takes {@code --api_key} for {@code --api-key}, leaving values as they are. */
    private static String withDashes(String argument) {
        int end = argument.indexOf('=') < 0 ? argument.length() : argument.indexOf('=');
        return argument.startsWith("--")
                ? argument.substring(0, end).replace('_', '-') + argument.substring(end)
                : argument;
    }

    private static Duration duration(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(String.valueOf(wrong.getMessage()));
        }
    }

    private static int complain(CommandLine command, Exception failure, int exitCode) {
        command.getErr().println(failure.getMessage());
        return exitCode;
    }
}
