package io.dlrouter.server.replay;

/** Parses a command line of {@code dlrouter replay} for tests in other packages. */
public final class ReplayOptionsAccess {
    private ReplayOptionsAccess() {}

    /**
     * Parses the arguments.
     *
     * @throws IllegalArgumentException if one is invalid
     */
    public static void parse(String... arguments) {
        ReplayOptions.parse(arguments);
    }
}
