package io.dlrouter.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/** A simulated vLLM engine in a process of its own, which can be killed and started again on its port. */
final class EngineProcess implements AutoCloseable {
    private final ReservedPort port = new ReservedPort();
    private final int tokens;
    private final String firstToken;
    private final String eachToken;
    private Process process;

    /** Starts it; the two times are written as the simulator's options are. */
    EngineProcess(int tokens, String firstToken, String eachToken) throws Exception {
        this.tokens = tokens;
        this.firstToken = firstToken;
        this.eachToken = eachToken;
        this.process = launch();
        awaitListening();
    }

    String url() {
        return "http://127.0.0.1:" + port.number();
    }

    /** What its responses have in {@code x-engine}. */
    String name() {
        return "vllm-" + port.number();
    }

    /** Kills it as {@code SIGKILL} does, and returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Starts it again; it listens when this returns. */
    void restart() throws Exception {
        process = launch();
        awaitListening();
    }

    private Process launch() throws IOException {
        return new ProcessBuilder(
                        Gateway.java("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.dlrouter.simulator.Main",
                        "--port",
                        Integer.toString(port.number()),
                        "--tokens",
                        Integer.toString(tokens),
                        "--ttft",
                        firstToken,
                        "--tpot",
                        eachToken)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void awaitListening() throws InterruptedException {
        while (process.isAlive() && !listens()) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private boolean listens() {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port.number()).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        port.close();
    }
}
