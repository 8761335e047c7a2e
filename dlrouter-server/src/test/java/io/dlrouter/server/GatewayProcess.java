package io.dlrouter.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway that runs as a process of its own, and what it says. */
public final class GatewayProcess implements AutoCloseable {
    private static final Pattern LISTENS = Pattern.compile("listens on (\\S+)");

    private final Process process;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private GatewayProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::readLog, "log of the gateway");
    }

    public static GatewayProcess start(String... arguments) throws IOException {
        return start(List.of(), arguments);
    }

    public static GatewayProcess start(List<String> javaOptions, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.addAll(
                List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        GatewayProcess gateway = new GatewayProcess(new ProcessBuilder(command).start());
        gateway.reader.start();
        return gateway;
    }

    private void readLog() {
        try (BufferedReader lines = process.errorReader(UTF_8)) {
            lines.lines().forEach(log::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it wrote to standard error so far; all of it, once it has ended. */
    public List<String> log() {
        return List.copyOf(log);
    }

    String awaitLog(String text) throws Exception {
        Await.until(() -> log.stream().anyMatch(line -> line.contains(text)));
        return log.stream().filter(line -> line.contains(text)).findFirst().orElseThrow();
    }

    String url() throws Exception {
        Matcher listens = LISTENS.matcher(awaitLog("listens on"));
        if (!listens.find()) {
            throw new IllegalStateException("no URL in the log");
        }
        return listens.group(1);
    }

    /** What it wrote to standard output, to its end. */
    public String output() throws IOException {
        try (BufferedReader lines = process.inputReader(UTF_8)) {
            return String.join("\n", lines.lines().toList());
        }
    }

    /** Sends SIGTERM, and goes on reading what it says. */
    void terminate() {
        process.toHandle().destroy();
    }

    public int exitStatus() throws Exception {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new TimeoutException("the gateway still runs");
        }
        reader.join(TimeUnit.SECONDS.toMillis(10));
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
