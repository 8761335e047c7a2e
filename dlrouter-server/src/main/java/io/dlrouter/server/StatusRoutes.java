package io.dlrouter.server;

import io.dlrouter.NoNodeAvailableException;
import io.dlrouter.Router;
import io.dlrouter.core.openai.ModelList;
import io.dlrouter.server.http.ApiKeys;
import io.dlrouter.server.http.ErrorResponse;
import io.dlrouter.server.inference.OpenRequests;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;

/** The routes {@code /health}, {@code /ready} and {@code /v1/models}. */
final class StatusRoutes {
    private final Router router;
    private final ApiKeys apiKeys;
    private final OpenRequests openRequests;
    private final long startedAt = System.currentTimeMillis() / 1000;

    StatusRoutes(Router router, ApiKeys apiKeys, OpenRequests openRequests) {
        this.router = router;
        this.apiKeys = apiKeys;
        this.openRequests = openRequests;
    }

    void register(RoutesConfig routes) {
        get(routes, "/health", ctx -> json(ctx, "{\"status\":\"ok\"}"));
        get(routes, "/ready", this::ready);
        get(routes, "/v1/models", apiKeys.guard(this::models));
    }

    private static void get(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }

    private void ready(Context ctx) {
        if (openRequests.isUnready()) {
            ErrorResponse.shuttingDown().send(ctx);
            return;
        }
        router.notReady().ifPresent(reason -> {
            throw new NoNodeAvailableException(reason);
        });
        json(ctx, "{\"status\":\"ready\"}");
    }

    private void models(Context ctx) {
        json(ctx, ModelList.json(router.models(), startedAt));
    }

    private static void json(Context ctx, String body) {
        ctx.contentType("application/json").result(body);
    }
}
