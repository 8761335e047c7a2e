package io.dlrouter.benchmark;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Runs that show whether what is in progress survives what befalls nodes, clients and the gateway. Prints what it found as
 * Markdown, and exits with 1 when a target was missed. Arguments: the gateway's jar, the scenario, and its two numbers.
 */
public final class SurviveRun {
    private final Gateway.Program program;
    private final String[] arguments;

    private SurviveRun(String[] arguments) {
        this.program = Gateway.Program.jar(arguments[0]);
        this.arguments = arguments;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            throw new IllegalArgumentException("arguments: " + arguments.length + " (expected: <jar> <scenario> ...)");
        }
        System.exit(new SurviveRun(arguments).run() ? 0 : 1);
    }

    private boolean run() throws Exception {
        return switch (arguments[1]) {
            case "kill" -> new KillRun(program, first(60), second(200)).run();
            case "rolling" -> new RollingRun(program, first(60), second(200)).run();
            case "pressure" -> new PressureRun(program, first(10), second(50)).run();
            case "fast-failure" -> new FastFailureRun(program, first(20), second(50)).run();
            case "overload" -> new OverloadRun(program, first(60)).run();
            case "faults" -> new FaultsRun(program, first(30), second(50)).run();
            case "soak" -> new SoakRun(program, Duration.ofMinutes(first(30)), second(1000), System.nanoTime()).run();
            case "fuzz" -> new FuzzRun(program, first(100_000), second(1), Path.of("fuzz-failures.txt")).run();
            default ->
                throw new IllegalArgumentException("scenario: " + arguments[1]
                        + " (expected: kill, rolling, pressure, fast-failure, overload, faults, soak or fuzz)");
        };
    }

    private int first(int otherwise) {
        return arguments.length > 2 ? Integer.parseInt(arguments[2]) : otherwise;
    }

    private int second(int otherwise) {
        return arguments.length > 3 ? Integer.parseInt(arguments[3]) : otherwise;
    }
}
