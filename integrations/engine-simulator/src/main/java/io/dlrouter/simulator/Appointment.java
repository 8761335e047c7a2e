package io.dlrouter.simulator;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Where and in which room the two legs of a prompt meet, as it stands in the body of both.
 *
 * @param host the prefill engine's
 * @param port where that takes decode engines in; empty for the port that the reader itself was started with
 */
record Appointment(String host, Optional<Integer> port, long room) {
    /** The host that SGLang's own probes name so that nobody is waited for. */
    private static final String NOBODY = "2.2.2.2";

    private static final String HOST = "bootstrap_host";
    private static final String PORT = "bootstrap_port";
    private static final String ROOM = "bootstrap_room";
    private static final int MAX_PORT = 65_535;

    /**
     * The appointment of each prompt, read to the last digit.
     *
     * @throws IllegalArgumentException when a member is missing or of another form
     */
    static List<Appointment> of(CompletionRequest asked) {
        if (!asked.body().has(ROOM)) {
            throw new IllegalArgumentException("Disaggregated request received without bootstrap room id");
        }
        List<RawJson> hosts = values(asked, HOST);
        List<RawJson> ports = values(asked, PORT);
        List<RawJson> rooms = values(asked, ROOM);
        List<Appointment> all = IntStream.range(0, rooms.size())
                .mapToObj(i -> new Appointment(host(hosts.get(i)), port(ports.get(i)), room(rooms.get(i))))
                .toList();
        if (all.stream().map(Appointment::room).distinct().count() < all.size()) {
            throw wrong(ROOM, rooms, "a room of its own for each prompt");
        }
        return all;
    }

    /** Whether there is another leg to wait for. */
    boolean isReal() {
        return !host.equals(NOBODY);
    }

    /** One value for one prompt, of several prompts a list of one for each. */
    private static List<RawJson> values(CompletionRequest asked, String member) {
        RawJson written =
                RawJson.written(asked.request(), member).orElseThrow(() -> wrong(member, "none", "one in both legs"));
        if (asked.batch().isEmpty()) {
            return List.of(written);
        }
        int prompts = asked.batch().getAsInt();
        return written.elements()
                .filter(list -> list.size() == prompts)
                .orElseThrow(() -> wrong(member, written, "a list of " + prompts + ", one for each prompt"));
    }

    private static String host(RawJson value) {
        return value.string()
                .filter(Predicate.not(String::isEmpty))
                .orElseThrow(() -> wrong(HOST, value, "the prefill engine's as a string"));
    }

    private static Optional<Integer> port(RawJson value) {
        return value.isNull()
                ? Optional.empty()
                : value.natural()
                        .filter(number -> number <= MAX_PORT)
                        .map(Long::intValue)
                        .or(() -> {
                            throw wrong(PORT, value, "an integer up to " + MAX_PORT + ", or null");
                        });
    }

    private static long room(RawJson value) {
        return value.natural().orElseThrow(() -> wrong(ROOM, value, "an integer from 0 to 2^63-1"));
    }

    private static IllegalArgumentException wrong(String member, Object value, String expected) {
        return new IllegalArgumentException(member + ": " + value + " (expected: " + expected + ")");
    }
}
