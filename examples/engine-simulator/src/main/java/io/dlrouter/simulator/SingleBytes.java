package io.dlrouter.simulator;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.LockSupport;

/** Writes every byte alone, with a moment in between so that the other side sees it alone too. */
final class SingleBytes extends FilterOutputStream {
    private static final long MOMENT_NANOS = 20_000;

    SingleBytes(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int next) throws IOException {
        out.write(next);
        LockSupport.parkNanos(MOMENT_NANOS);
    }
}
