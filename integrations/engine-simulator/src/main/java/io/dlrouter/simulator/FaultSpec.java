package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;

import io.dlrouter.simulator.Breakage.End;
import io.dlrouter.simulator.Breakage.Unit;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * {@link Fault}s as they are written in JSON. {@code hang}, {@code cut} and {@code reset} happen before the headers unless
 * {@code events} or {@code bytes} says how much of the body still goes out.
 */
final class FaultSpec {
    private FaultSpec() {}

    static Fault fault(JsonBody spec) {
        Fault fault = ofKind(spec);
        fault = spec.integer("times").map(fault::times).orElse(fault);
        fault = spec.text("path").map(fault::onPath).orElse(fault);
        return spec.text("retry_after").map(fault::retryAfter).orElse(fault);
    }

    static Duration duration(JsonBody spec) {
        return DurationText.parse(spec.text("duration").orElse("duration: missing"));
    }

    private static Fault ofKind(JsonBody spec) {
        String kind = spec.text("kind").orElse("missing");
        return switch (kind) {
            case "status" ->
                Fault.status(spec.integer("code").orElse(500), spec.text("body").orElse("{}"));
            case "internal_error" -> Fault.internalError();
            case "canned" -> canned(spec);
            case "hang" -> breaking(End.HANG, spec);
            case "cut" -> breaking(End.CUT, spec);
            case "reset" -> breaking(End.RESET, spec);
            case "delay" -> Fault.delay(duration(spec));
            case "byte_by_byte" -> Fault.byteByByte();
            case "trickle" -> Fault.trickle(duration(spec));
            default ->
                throw new IllegalArgumentException(
                        "kind: " + kind
                                + " (expected: status, internal_error, canned, hang, cut, reset, delay, byte_by_byte, trickle or refuse)");
        };
    }

    private static Fault breaking(End end, JsonBody spec) {
        Optional<Fault> afterBytes = spec.integer("bytes").map(count -> Fault.breaking(end, Unit.BYTES, count));
        Optional<Fault> afterEvents = spec.integer("events").map(count -> Fault.breaking(end, Unit.EVENTS, count));
        return afterBytes.or(() -> afterEvents).orElseGet(() -> Fault.breaking(end, Unit.HEAD, 0));
    }

    private static Fault canned(JsonBody spec) {
        Map<String, String> headers = spec.child("headers").members().entrySet().stream()
                .collect(toMap(header -> String.valueOf(header.getKey()), header -> String.valueOf(header.getValue())));
        byte[][] writes = spec.list("writes").stream()
                .map(text -> String.valueOf(text).getBytes(UTF_8))
                .toArray(byte[][]::new);
        return Fault.canned(spec.integer("code").orElse(200), headers, writes);
    }
}
