package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The gateway, as a process of its own on a free port. Closing it ends the process. */
final class Gateway implements AutoCloseable {
    private static final Pattern UNFINISHED = Pattern.compile("\"unfinished\":([0-9]+)");
    private static final Map<String, String> QUIET =
            Map.of("DLROUTER_LOG_LEVEL", "error", "DLROUTER_UVICORN_LOG_LEVEL", "error", "DLROUTER_ACCESS_LOG", "off");
    private static final Duration START = Duration.ofSeconds(30);

    private final ReservedPort port = new ReservedPort();
    private final Process process;

    /** Which program to run, as arguments of a Java. */
    record Program(List<String> arguments) {
        Program {
            arguments = List.copyOf(arguments);
        }

        static Program jar(String path) {
            return new Program(List.of("-XX:+UseParallelGC", "-jar", path));
        }

        /** The gateway on this process's own class path. */
        static Program classPath() {
            return new Program(List.of(
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.dlrouter.server.Main"));
        }

        /** Starts a gateway, whose options come as variables so that one it does not know does no harm. */
        Gateway start(Map<String, String> options) throws Exception {
            Gateway gateway = new Gateway(this, options);
            gateway.await("/health");
            return gateway;
        }
    }

    private Gateway(Program program, Map<String, String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(java("java")));
        command.addAll(program.arguments());
        command.addAll(List.of(
                "--server_name", "127.0.0.1", "--server_port", Integer.toString(port()), "--disable_cache_status"));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(QUIET);
        options.forEach((name, value) -> builder.environment().put("DLROUTER_" + name.toUpperCase(Locale.ROOT), value));
        process = builder.start();
    }

    /** A program of the Java that runs this. */
    static String java(String name) {
        return String.join(File.separator, System.getProperty("java.home"), "bin", name);
    }

    int port() {
        return port.number();
    }

    long pid() {
        return process.pid();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Waits until it responds 200 to this. */
    void await(String path) throws Exception {
        awaitThat(path, () -> isOk(path));
    }

    /** Waits until something holds of it. */
    void awaitThat(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + START.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end || !process.isAlive()) {
                close();
                throw new TimeoutException(what + ": not so (expected: within " + START.toSeconds() + " s)");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private boolean isOk(String path) {
        try {
            return get(path).head().status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** A response of the gateway's own. */
    record Answer(Head head, String body) {}

    Answer get(String path) throws IOException {
        return exchange("GET " + path + " HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
    }

    /** Posts to one of the routes about nodes, which has to response 200. */
    void tell(String path, String json) throws IOException {
        Answer answer = exchange("POST " + path + " HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n" + json);
        if (answer.head().status() != 200) {
            throw new IOException(path + " " + json + ": " + answer + " (expected: 200)");
        }
    }

    /** Leaves no connection behind, so that those which are open are the clients'. */
    private Answer exchange(String request) throws IOException {
        try (Wire wire = new Wire(port(), START)) {
            wire.send(request.getBytes(ISO_8859_1));
            Head head = wire.head();
            return new Answer(head, new String(wire.body(head), UTF_8));
        }
    }

    /** All that it says about its nodes, ejected ones included. */
    String nodes() throws IOException {
        return get("/nodes/status?all=true").body();
    }

    /** How many requests it still counts, on whatever node. */
    long unfinished() throws IOException {
        return UNFINISHED
                .matcher(nodes())
                .results()
                .map((MatchResult count) -> count.group(1))
                .mapToLong(Long::parseLong)
                .sum();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        port.close();
    }
}
