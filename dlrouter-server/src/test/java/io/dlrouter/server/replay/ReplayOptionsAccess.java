package io.dlrouter.server.replay;

/** Parses a command line of {@code dlrouter replay} for tests in other packages. */
public final class ReplayOptionsAccess {
    private ReplayOptionsAccess() {}

    /** @throws IllegalArgumentException if an argument is invalid */
    public static void parse(String... arguments) {
        ReplayOptions.parse(arguments);
    }
}
