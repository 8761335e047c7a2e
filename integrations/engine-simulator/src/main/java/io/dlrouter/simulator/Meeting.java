package io.dlrouter.simulator;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** The visit of one request to its rooms, in all of which it has to meet the other leg before it is served. */
final class Meeting {
    private final EngineState engine;
    private final List<Appointment> appointments;
    private final Function<Appointment, CompletableFuture<Void>> door;

    Meeting(EngineState engine, List<Appointment> appointments, Function<Appointment, CompletableFuture<Void>> door) {
        this.engine = engine;
        this.appointments = appointments;
        this.door = door;
    }

    /**
     * Waits for the other leg; gives the error to respond with when they did not meet.
     *
     * @throws ClientLeftException when the client disconnected meanwhile; this leg has then left the rooms too
     */
    Optional<Answer> await(ClientInput client) throws IOException {
        List<CompletableFuture<Void>> visits = appointments.stream().map(door).toList();
        CompletableFuture<Void> together = CompletableFuture.allOf(
                visits.stream().map(engine.rooms()::counted).toArray(CompletableFuture<?>[]::new));
        try {
            return end(together, client);
        } catch (ClientLeftException left) {
            visits.forEach(visit -> visit.completeExceptionally(left));
            throw left;
        } finally {
            visits.forEach(visit -> visit.cancel(false));
        }
    }

    private Optional<Answer> end(CompletableFuture<Void> together, ClientInput client) throws IOException {
        Duration timeout = engine.options().pd().bootstrapTimeout();
        if (!client.await(together, timeout)) {
            return Optional.of(failure("timed out after " + timeout));
        }
        try {
            together.join();
            return Optional.empty();
        } catch (CompletionException failure) {
            return Optional.of(failure(String.valueOf(failure.getCause())));
        }
    }

    private Answer failure(String reason) {
        List<Long> rooms = appointments.stream().map(Appointment::room).toList();
        String other = engine.options().pd().role() == EngineRole.PREFILL ? "decode" : "prefill";
        return engine.dialect()
                .error(500, "bootstrap_room: " + rooms + " (expected: the " + other + " leg there): " + reason, null);
    }
}
