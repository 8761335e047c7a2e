package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;

/** What another simulated engine, be it in another process, answered about a transfer. */
record PeerAnswer(int status, String body) {
    private static final int TIMEOUT_MILLIS = 10_000;

    /** Posts JSON over a connection of its own, which leaves none open at the other engine. */
    static PeerAnswer toPost(String url, String json, Map<String, String> headers) throws IOException {
        byte[] body = json.getBytes(UTF_8);
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestProperty("content-type", "application/json");
        connection.setRequestProperty("connection", "close");
        headers.forEach(connection::setRequestProperty);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        try {
            return answerOf(connection);
        } finally {
            connection.disconnect();
        }
    }

    private static PeerAnswer answerOf(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new PeerAnswer(status, new String(in.readAllBytes(), UTF_8));
        }
    }
}
