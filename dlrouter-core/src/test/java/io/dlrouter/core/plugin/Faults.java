package io.dlrouter.core.plugin;

import java.io.IOException;
import java.util.stream.Stream;

/** What the code of others may throw, whatever its signature says. */
public final class Faults {
    private Faults() {}

    /** Those that cost nothing but the call. */
    public static Stream<Throwable> all() {
        return Stream.of(
                new IllegalStateException("test"),
                new NoClassDefFoundError("test"),
                new AssertionError("test"),
                new StackOverflowError("test"),
                new IOException("test"));
    }

    /** Throws it, checked or not, and says to the compiler that it does. */
    @SuppressWarnings("unchecked")
    public static <E extends Throwable> RuntimeException raised(Throwable fault) throws E {
        throw (E) fault;
    }
}
