package io.dlrouter.server;

import com.squareup.moshi.JsonWriter;
import io.dlrouter.LinkReport;
import io.dlrouter.Router;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import okio.Buffer;

/** What an operator may have done beforehand that the first requests would wait for; LMDeploy's proxy has it too. */
final class LinkRoutes {
    private final Router router;
    private final ApiKeys adminKeys;

    LinkRoutes(Router router, ApiKeys adminKeys) {
        this.router = router;
        this.adminKeys = adminKeys;
    }

    void register(RoutesConfig routes) {
        routes.post("/distserve/connection_warmup", adminKeys.guard(this::linkAll));
    }

    private void linkAll(Context ctx) {
        List<LinkReport> links = router.linkAll();
        boolean all = links.stream().allMatch(link -> link.failure().isEmpty());
        ctx.status(all ? 200 : 502).contentType("application/json").result(json(all, links));
    }

    private static byte[] json(boolean all, List<LinkReport> links) {
        Buffer buffer = new Buffer();
        try (JsonWriter json = JsonWriter.of(buffer)) {
            json.beginObject().name("SUCCESS").value(all).name("links").beginArray();
            for (LinkReport link : links) {
                write(link, json);
            }
            json.endArray().endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.readByteArray();
    }

    private static void write(LinkReport link, JsonWriter json) throws IOException {
        json.beginObject();
        json.name("prefill").value(link.prefill().toString());
        json.name("decode").value(link.decode().toString());
        json.name("linked").value(link.failure().isEmpty());
        if (link.failure().isPresent()) {
            json.name("reason").value(link.failure().get());
        }
        json.endObject();
    }
}
