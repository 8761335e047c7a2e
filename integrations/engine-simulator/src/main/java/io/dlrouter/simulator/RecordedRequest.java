package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.Optional;

/** One request as it came over the wire, chunked framing removed and nothing else changed. */
public final class RecordedRequest {
    private final String method;
    private final String path;
    private final String query;
    private final HttpHeaders headers;
    private final byte[] body;
    private final Instant arrival;

    RecordedRequest(String method, String target, HttpHeaders headers, byte[] body, Instant arrival) {
        int question = target.indexOf('?');
        this.method = method;
        this.path = question < 0 ? target : target.substring(0, question);
        this.query = question < 0 ? "" : target.substring(question + 1);
        this.headers = headers;
        this.body = body;
        this.arrival = arrival;
    }

    /** The method, such as {@code POST}. */
    public String method() {
        return method;
    }

    /** The path without its query. */
    public String path() {
        return path;
    }

    /** What follows the question mark, empty when there is none. */
    public String query() {
        return query;
    }

    /** The headers; names compare without regard to case. */
    public HttpHeaders headers() {
        return headers;
    }

    /** The first header of this name, if there is one. */
    public Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    /** The bytes of the body, a copy. */
    public byte[] body() {
        return body.clone();
    }

    /** The body read as UTF-8. */
    public String text() {
        return new String(body, UTF_8);
    }

    /** When the request's first byte was there. */
    public Instant arrival() {
        return arrival;
    }

    byte[] content() {
        return body;
    }

    String route() {
        return method + " " + path;
    }

    /** Whether it asks the simulator rather than the engine it imitates. */
    boolean controlsSimulator() {
        return path.startsWith("/simulator/");
    }

    /** Whether it is work for the model: what a load counter counts and a fault without a path hits. */
    boolean isInference() {
        return method.equals("POST") && !controlsSimulator() && !path.startsWith("/distserve/");
    }

    @Override
    public String toString() {
        return route();
    }
}
