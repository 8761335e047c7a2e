package io.dlrouter.simulator;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Writes every byte alone, with a pause in between so that the other side sees it alone too. */
final class SingleBytes extends FilterOutputStream {
    private final Duration pause;

    SingleBytes(OutputStream out, Duration pause) {
        super(out);
        this.pause = pause;
    }

    @Override
    public void write(int next) throws IOException {
        out.write(next);
        LockSupport.parkNanos(pause.toNanos());
    }
}
