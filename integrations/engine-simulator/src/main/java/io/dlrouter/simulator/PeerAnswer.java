package io.dlrouter.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Map;

/** What another simulated engine, be it in another process, answered about a transfer. */
record PeerAnswer(int status, String body) {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final String HEAD_END = "\r\n\r\n";
    private static final int STATUS_AT = "HTTP/1.1 ".length();

    /** Posts JSON over a connection of its own, which leaves none open at the other engine. */
    static PeerAnswer toPost(Network network, HostPort peer, String path, String json, Map<String, String> headers)
            throws IOException {
        byte[] body = json.getBytes(UTF_8);
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("host", peer.toString());
        all.put("content-type", "application/json");
        all.put("content-length", Integer.toString(body.length));
        all.put("connection", "close");
        StringBuilder request = new StringBuilder("POST " + path + " HTTP/1.1\r\n");
        all.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        request.append("\r\n").append(json);
        try (Socket socket = network.connect(peer)) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(request.toString().getBytes(UTF_8));
            return of(new String(socket.getInputStream().readAllBytes(), UTF_8));
        }
    }

    private static PeerAnswer of(String answer) throws IOException {
        int end = answer.indexOf(HEAD_END);
        if (end < 0) {
            throw new EOFException("closed by the peer before it answered");
        }
        int status = Integer.parseInt(answer.substring(STATUS_AT, STATUS_AT + 3));
        return new PeerAnswer(status, answer.substring(end + HEAD_END.length()));
    }
}
