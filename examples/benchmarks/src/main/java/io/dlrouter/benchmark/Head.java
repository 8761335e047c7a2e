package io.dlrouter.benchmark;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The status and the headers of a response; names of headers compare without regard to case. */
record Head(int status, Map<String, String> headers) {
    Head {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    boolean chunked() {
        return header("transfer-encoding").filter("chunked"::equalsIgnoreCase).isPresent();
    }

    OptionalLong length() {
        return header("content-length")
                .map(Long::parseLong)
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** Whether the response itself is still to come. */
    boolean interim() {
        return status / 100 == 1;
    }

    boolean hasBody() {
        return status != 204 && status != 304;
    }

    /** Whether the connection serves no further request. */
    boolean last() {
        return header("connection").filter("close"::equalsIgnoreCase).isPresent() || (!chunked() && length().isEmpty());
    }

    /** The status, and the gateway's own error if it is one. */
    String text() {
        return status + " " + header("x-dlrouter-error").orElse("of the node");
    }
}
