package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The simulated prefill engine that transfer parameters name, be it in another process. */
record KvSource(String host, int port) {
    /** Where blocks are pulled: a POST of the parameters as they were issued, with the request's id in its header. */
    static final String PULL_PATH = "/simulator/kv/pull";

    private static final int TIMEOUT_MILLIS = 10_000;

    /** The engine that these parameters name; empty when they are not such that decode can pull from it. */
    static Optional<KvSource> in(@Nullable Object params) {
        return params instanceof Map<?, ?> members
                        && Boolean.TRUE.equals(members.get("do_remote_prefill"))
                        && members.get("remote_host") instanceof String host
                        && members.get("remote_port") instanceof Double port
                ? Optional.of(new KvSource(host, port.intValue()))
                : Optional.empty();
    }

    /** Pulls over a connection of its own, which leaves none open at the prefill engine. */
    KvPull pull(String params, String requestId) throws IOException {
        byte[] body = params.getBytes(UTF_8);
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://" + this + PULL_PATH).toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestProperty("content-type", "application/json");
        connection.setRequestProperty("x-request-id", requestId);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        try {
            return KvPull.ofStatus(connection.getResponseCode());
        } finally {
            connection.disconnect();
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
