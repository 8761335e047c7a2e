import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client of the gateway in one file: registers engines, streams one chat to the terminal, shows the nodes. Run by the
 * script {@code quickstart} beside it, as {@code java Quickstart.java <gateway> <engine>...}.
 */
public final class Quickstart {
    private static final Pattern CONTENT = Pattern.compile("\"content\":\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final String CHAT =
            """
            {"model": "demo", "stream": true, "max_tokens": 32,
             "messages": [{"role": "user", "content": "Say something."}]}""";

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private final String gateway;

    private Quickstart(String gateway) {
        this.gateway = gateway;
    }

    public static void main(String[] arguments) throws Exception {
        Quickstart quickstart = new Quickstart(arguments[0]);
        for (int i = 1; i < arguments.length; i++) {
            quickstart.register(arguments[i]);
        }
        quickstart.chat();
        quickstart.showNodes();
    }

    private void register(String engine) throws IOException, InterruptedException {
        String body = "{\"url\": \"" + engine + "\"}";
        System.out.println("POST " + gateway + "/nodes/add  " + body);
        System.out.println("  " + client.send(post("/nodes/add", body), BodyHandlers.ofString()).body());
    }

    private void chat() throws IOException, InterruptedException {
        System.out.println("\nPOST " + gateway + "/v1/chat/completions");
        client.send(post("/v1/chat/completions", CHAT), BodyHandlers.ofLines()).body().forEach(this::print);
        System.out.println();
    }

    /** Prints the text of one line of the stream. */
    private void print(String line) {
        Matcher content = CONTENT.matcher(line);
        if (content.find()) {
            System.out.print(content.group(1));
            System.out.flush();
        }
    }

    private void showNodes() throws IOException, InterruptedException {
        System.out.println("\nGET " + gateway + "/nodes/status");
        HttpRequest request = HttpRequest.newBuilder(URI.create(gateway + "/nodes/status")).build();
        String nodes = client.send(request, BodyHandlers.ofString()).body();
        System.out.println(nodes.replace("},", "},\n "));
    }

    private HttpRequest post(String path, String body) {
        return HttpRequest.newBuilder(URI.create(gateway + path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
    }
}
