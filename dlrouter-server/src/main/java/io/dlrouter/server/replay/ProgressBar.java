package io.dlrouter.server.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;

/** A progress bar on a line of a terminal, cleared at the end. Safe for use by many threads. */
final class ProgressBar implements AutoCloseable {
    private static final int WIDTH = 50;

    private final PrintStream terminal;
    private final long steps;
    private final AtomicLong done = new AtomicLong();

    ProgressBar(PrintStream terminal, long steps) {
        this.terminal = terminal;
        this.steps = steps;
    }

    /** A bar on the standard error, or an invisible one if that is no terminal. */
    static ProgressBar of(long steps) {
        return new ProgressBar(isTerminal() ? System.err : new PrintStream(PrintStream.nullOutputStream()), steps);
    }

    /** Asked of {@code test}, because Java knows it of standard input and output together only. */
    private static boolean isTerminal() {
        try {
            Process test = new ProcessBuilder("test", "-t", "2")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return test.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void step() {
        long now = done.incrementAndGet();
        if (now * WIDTH / steps > (now - 1) * WIDTH / steps) {
            draw((int) (now * WIDTH / steps));
        }
    }

    private void draw(int width) {
        terminal.print("\r[" + "#".repeat(width) + " ".repeat(WIDTH - width) + "] " + width * 100 / WIDTH + " %");
        terminal.flush();
    }

    @Override
    public void close() {
        terminal.print("\r" + " ".repeat(WIDTH + 8) + "\r");
        terminal.flush();
    }
}
