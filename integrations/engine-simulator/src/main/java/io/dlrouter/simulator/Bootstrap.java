package io.dlrouter.simulator;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** What either side of SGLang's separated prefill and decode asks of a request, and how it takes part in its rooms. */
final class Bootstrap {
    private final EngineState engine;

    Bootstrap(EngineState engine) {
        this.engine = engine;
    }

    /** Refuses a request without the members that both legs carry, or of more samples than rooms. */
    List<Appointment> check(CompletionRequest asked) {
        if (asked.samples() > 1) {
            throw engine.violation(400, "n: " + asked.samples() + " (expected: 1, samples do not share a room)");
        }
        return appointments(asked);
    }

    /** Uses the rooms up, and lets the response of at most so many tokens wait in them for the other leg. */
    Admission admit(CompletionRequest asked, int tokens, Function<Appointment, CompletableFuture<Void>> door) {
        List<Appointment> real =
                appointments(asked).stream().filter(Appointment::isReal).toList();
        engine.rooms().claim(real.stream().map(Appointment::room).toList()).ifPresent(room -> {
            throw engine.violation(400, "bootstrap_room: " + room + " (expected: one never used before)");
        });
        Optional<Meeting> meeting = real.isEmpty() ? Optional.empty() : Optional.of(new Meeting(engine, real, door));
        return Admission.meeting(tokens, meeting);
    }

    private List<Appointment> appointments(CompletionRequest asked) {
        try {
            return Appointment.of(asked);
        } catch (IllegalArgumentException wrong) {
            throw engine.violation(400, String.valueOf(wrong.getMessage()));
        }
    }
}
