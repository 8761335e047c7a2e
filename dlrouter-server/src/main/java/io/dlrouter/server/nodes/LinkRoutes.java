package io.dlrouter.server.nodes;

import com.squareup.moshi.Json;
import com.squareup.moshi.JsonAdapter;
import com.squareup.moshi.Moshi;
import io.dlrouter.LinkReport;
import io.dlrouter.Router;
import io.dlrouter.server.http.ApiKeys;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The route {@code POST /distserve/connection_warmup}, as LMDeploy's proxy has it: it links prefill and decode nodes
 * before the first requests need it.
 */
public final class LinkRoutes {
    private static final JsonAdapter<Links> JSON = new Moshi.Builder().build().adapter(Links.class);

    private final Router router;
    private final ApiKeys adminKeys;

    public LinkRoutes(Router router, ApiKeys adminKeys) {
        this.router = router;
        this.adminKeys = adminKeys;
    }

    public void register(RoutesConfig routes) {
        routes.post("/distserve/connection_warmup", adminKeys.guard(this::linkAll));
    }

    private void linkAll(Context ctx) {
        List<Link> links = router.linkAll().stream().map(LinkRoutes::link).toList();
        boolean all = links.stream().allMatch(Link::linked);
        ctx.status(all ? 200 : 502).contentType("application/json").result(JSON.toJson(new Links(all, links)));
    }

    private static Link link(LinkReport report) {
        return new Link(
                report.prefill().toString(),
                report.decode().toString(),
                report.failure().isEmpty(),
                report.failure().orElse(null));
    }

    /** The response. Moshi reads public records only. */
    public record Links(@Json(name = "SUCCESS") boolean success, List<Link> links) {}

    /**
     * One link.
     *
     * @param reason why it could not be made; the JSON of a link that was made has none
     */
    public record Link(
            String prefill,
            String decode,
            boolean linked,
            @Nullable String reason) {}
}
