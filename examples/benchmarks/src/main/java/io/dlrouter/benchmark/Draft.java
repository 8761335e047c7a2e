package io.dlrouter.benchmark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** An HTTP request in parts that can be made wrong one by one. Text stands for bytes, a char for each. */
final class Draft {
    private static final List<String> CHATS = List.of(
            new Chat(false, 1).json(),
            new Chat(true, 1).json(),
            "{\"model\":\"demo\",\"user\":\"u-1\",\"messages\":[{\"role\":\"system\",\"content\":\"Be brief\"},{\"role\":\"user\","
                    + "\"content\":[{\"type\":\"text\",\"text\":\"\\u00e9\\ud83d\\ude00\"}]}],\"seed\":9007199254740993}");
    private static final List<String> GETS = List.of("/health", "/ready", "/v1/models", "/nodes/status", "/metrics");

    String method = "POST";
    String target = "/v1/chat/completions";
    String version = "HTTP/1.1";
    final List<String> headers = new ArrayList<>(List.of("Host: gateway", "Content-Type: application/json"));
    String body = "";
    /** The header that frames the body, and that body in its frame, once they are other than the body's length. */
    List<String> framing = List.of();

    String framed = "";
    /** Whether a server surely has all that it needs for a response. */
    boolean complete = true;

    /** A request of which nothing is wrong. */
    static Draft sound(Random random) {
        Draft draft = new Draft();
        switch (random.nextInt(10)) {
            case 0 -> {
                draft.method = "GET";
                draft.target = GETS.get(random.nextInt(GETS.size()));
            }
            case 1 -> draft.post("/v1/completions", "{\"model\":\"demo\",\"prompt\":\"Tell me of ships\"}");
            case 2 -> draft.post("/tokenize", "{\"model\":\"demo\",\"prompt\":\"Tell me of ships\"}");
            case 3 -> draft.post("/nodes/drain", "{\"url\":\"http://127.0.0.1:1\"}");
            case 4 -> draft.post("/nodes/add", "{\"url\":\"nowhere\",\"status\":{\"role\":1,\"models\":[\"demo\"]}}");
            default -> draft.post("/v1/chat/completions", CHATS.get(random.nextInt(CHATS.size())));
        }
        return draft;
    }

    private void post(String path, String json) {
        target = path;
        body = new String(json.getBytes(UTF_8), ISO_8859_1);
    }

    String text() {
        StringBuilder text = new StringBuilder(method + " " + target + " " + version + "\r\n");
        headers.forEach(line -> text.append(line).append("\r\n"));
        if (framing.isEmpty()) {
            return text.append(body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n")
                    .append("\r\n")
                    .append(body)
                    .toString();
        }
        framing.forEach(line -> text.append(line).append("\r\n"));
        return text.append("\r\n").append(framed).toString();
    }
}
