package io.dlrouter.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.Cancellation;
import io.dlrouter.InferenceRequest;
import io.dlrouter.InferenceResponse;
import io.dlrouter.Role;
import io.dlrouter.RouterException;
import io.dlrouter.core.pd.dual.DualDispatchAttempt;
import io.dlrouter.core.runtime.Threads;
import io.dlrouter.simulator.EngineKind;
import io.dlrouter.simulator.Fault;
import io.dlrouter.simulator.SimulatedEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a caller gets when one node of a Prefill/Decode fleet fails, and which calls are made: for each leg, each fault,
 * plain and streamed, the caller staying and leaving, with another node of the role and without. In every case no engine
 * sees a violation of its protocol, and every count returns to zero. The engines are simulated, without sockets, and the
 * router's time is moved by the test.
 */
public abstract class PrefillDecodeFaultMatrix {
    /** A whole response. */
    protected static final String WHOLE = "200 whole";

    /** A response that a failure ended in the middle, which the caller is told. */
    protected static final String BROKEN_OFF = "200 broken off";

    private static final String CHAT =
            "{\"model\":\"demo\",\"max_tokens\":6,\"messages\":[{\"role\":\"user\",\"content\":\"Tell me of it\"}]}";
    private static final String STREAM =
            CHAT.replace("{\"model\"", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\"");
    private static final Pattern MESSAGE = Pattern.compile("\"message\":\"([^\"]*)\"");
    private static final ExecutorService CALLERS = Threads.system().perTask("caller");

    private final EngineKind kind;

    /** Of a fleet with engines of this kind. */
    protected PrefillDecodeFaultMatrix(EngineKind kind) {
        this.kind = kind;
    }

    /** A way in which a node fails. */
    public enum Failure {
        /** It accepts no connection. */
        REFUSED,
        /** It rejects the request. */
        STATUS_400,
        /** It has no capacity. */
        STATUS_429,
        /** It breaks on the request. */
        STATUS_500,
        /** It never responds. */
        HANG,
        /** It resets the connection instead of responding. */
        RESET_BEFORE_HEADERS,
        /** It resets the connection after the head of its response. */
        RESET_AFTER_HEADERS,
        /** It resets the connection in the middle of the body. */
        RESET_MID_BODY;

        /** @param streams whether the engine responds with events */
        private void strike(SimulatedEngine engine, boolean streams) {
            switch (this) {
                case REFUSED -> engine.stop();
                case STATUS_400 -> engine.inject(status(400, "wrong"));
                case STATUS_429 -> engine.inject(status(429, "full"));
                case STATUS_500 -> engine.inject(status(500, "broken"));
                case HANG -> engine.inject(Fault.hangBeforeHeaders());
                case RESET_BEFORE_HEADERS -> engine.inject(Fault.resetBeforeHeaders());
                case RESET_AFTER_HEADERS -> engine.inject(Fault.resetAfterHeaders());
                case RESET_MID_BODY -> engine.inject(streams ? Fault.resetAfterEvents(2) : Fault.resetAfterBytes(200));
            }
        }

        private static Fault status(int code, String message) {
            return Fault.status(code, "{\"error\":{\"message\":\"" + message + "\"}}");
        }

        /** Whether the router never learns what a prefill says of the cache that it holds. */
        private boolean losesTheResponse() {
            return this == RESET_AFTER_HEADERS || this == RESET_MID_BODY;
        }
    }

    /** Whether the other leg responds whatever becomes of this one, so that a request does not wait for it. */
    protected boolean isOptional(Role leg) {
        return false;
    }

    /** Lets engines take as long as a fault of this node needs to be the first thing that happens. */
    protected void letItComeFirst(InMemoryFleet fleet, Role struck, Failure failure) {}

    /** Whether a caller that disconnects ends the work of a node that does not respond only with its timeout. */
    protected boolean outlastsItsCaller() {
        return false;
    }

    /** What a caller gets from a fleet of which the first node of a role fails. */
    protected final String response(InMemoryFleet fleet, Role role, Failure failure, String form) {
        strike(fleet, role, failure, form);
        letItComeFirst(fleet, role, failure);
        CompletableFuture<String> response = send(fleet, form, new Cancellation());
        if (failure == Failure.HANG) {
            if (isOptional(role)) {
                fleet.clock().awaitTaskIn(DualDispatchAttempt.END_OF_PREFILL);
                fleet.clock().advance(DualDispatchAttempt.END_OF_PREFILL);
                response.join();
            }
            awaitRequest(first(fleet, role));
            fleet.clock().advance(InMemoryFleet.REQUEST_TIMEOUT);
        }
        String described = response.join();
        fleet.assertNothingLeft();
        return described;
    }

    /** What a caller gets from a fleet as it is. */
    protected static String response(InMemoryFleet fleet, String form) {
        return send(fleet, form, new Cancellation()).join();
    }

    private static void strike(InMemoryFleet fleet, Role role, Failure failure, String form) {
        SimulatedEngine struck = first(fleet, role);
        if (role == Role.PREFILL && failure.losesTheResponse()) {
            fleet.sessionsStayAt(struck);
        }
        failure.strike(struck, role == Role.DECODE && form.equals("stream"));
    }

    private static SimulatedEngine first(InMemoryFleet fleet, Role role) {
        return fleet.engines(role).get(0);
    }

    private static void awaitRequest(SimulatedEngine engine) {
        engine.awaitRequests(InMemoryFleet.CHAT, 1, InMemoryFleet.GENEROUS);
    }

    private static CompletableFuture<String> send(InMemoryFleet fleet, String form, Cancellation cancellation) {
        String body = form.equals("stream") ? STREAM : CHAT;
        InferenceRequest request = InferenceRequest.post(InMemoryFleet.CHAT, body.getBytes(UTF_8));
        return CompletableFuture.supplyAsync(() -> described(fleet, request, cancellation), (Executor) CALLERS);
    }

    private static String described(InMemoryFleet fleet, InferenceRequest request, Cancellation cancellation) {
        try (InferenceResponse response = fleet.router().route(request, cancellation)) {
            return described(response);
        } catch (RouterException e) {
            return described(e);
        }
    }

    private static String described(RouterException e) {
        return e.status() + " " + e.code();
    }

    private static String described(InferenceResponse response) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (InputStream in = response.body()) {
            in.transferTo(body);
        } catch (IOException e) {
            return body.size() == 0 ? described(reason(e)) : response.status() + " broken off";
        }
        return described(response.status(), body.toString(UTF_8));
    }

    private static RouterException reason(IOException e) {
        if (e.getCause() instanceof RouterException reason) {
            return reason;
        }
        throw new AssertionError("a failed read without the router's reason", e);
    }

    private static String described(int status, String body) {
        if (status != 200) {
            Matcher message = MESSAGE.matcher(body);
            return status + " " + (message.find() ? message.group(1) : body);
        }
        boolean isWhole = body.contains("\"total_tokens\"")
                && !body.contains("\"error\"")
                && body.startsWith("data:") == body.endsWith("data: [DONE]\n\n");
        return isWhole ? WHOLE : body;
    }

    /** Asserts how many calls of each leg were made. */
    protected static void assertCalls(InMemoryFleet fleet, int prefills, int decodes) {
        assertThat(fleet.requests(Role.PREFILL)).as("prefills").isEqualTo(prefills);
        assertThat(fleet.requests(Role.DECODE)).as("decodes").isEqualTo(decodes);
    }

    static Stream<Arguments> everyStage() {
        return Stream.of(Role.PREFILL, Role.DECODE)
                .flatMap(role -> Stream.of(Failure.values())
                        .filter(failure -> failure != Failure.REFUSED)
                        .flatMap(failure ->
                                Stream.of("plain", "stream").map(form -> Arguments.of(role, failure, form))));
    }

    @ParameterizedTest
    @MethodSource("everyStage")
    void caller_leavesInTheStageThatFails_nothingIsLeft(Role role, Failure failure, String form) {
        try (InMemoryFleet fleet = InMemoryFleet.of(kind, 2, 2)) {
            SimulatedEngine struck = first(fleet, role);
            strike(fleet, role, failure, form);
            if (!outlastsItsCaller()) {
                fleet.engines(Role.DECODE).forEach(decode -> decode.inject(Fault.hangBeforeHeaders()));
            }
            Cancellation cancellation = new Cancellation();
            CompletableFuture<String> response = send(fleet, form, cancellation);
            awaitRequest(struck);
            cancellation.cancel();
            if (failure == Failure.HANG && outlastsItsCaller()) {
                fleet.clock().advance(InMemoryFleet.REQUEST_TIMEOUT);
            }
            response.join();

            fleet.assertNothingLeft();
        }
    }
}
