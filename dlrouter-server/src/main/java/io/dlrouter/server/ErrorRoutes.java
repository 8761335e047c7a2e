package io.dlrouter.server;

import io.dlrouter.RouterException;
import io.dlrouter.core.openai.InferencePaths;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What Javalin's routes answer when something goes wrong, unknown routes included. */
final class ErrorRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorRoutes.class);

    private final int maxBodySize;

    ErrorRoutes(int maxBodySize) {
        this.maxBodySize = maxBodySize;
    }

    void register(RoutesConfig routes) {
        routes.exception(RouterException.class, (e, ctx) -> ErrorBody.of(e).send(ctx));
        routes.exception(
                HttpResponseException.class, (e, ctx) -> errorOf(e, ctx).send(ctx));
        routes.exception(
                IOException.class, (e, ctx) -> ErrorBody.unreadableBody(e).send(ctx));
        routes.exception(UncheckedIOException.class, (e, ctx) -> {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), e);
            ErrorBody.ofServer(500, String.valueOf(e.getMessage())).send(ctx);
        });
        routes.exception(Exception.class, (e, ctx) -> {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), e);
            ErrorBody.internal().send(ctx);
        });
    }

    private ErrorBody errorOf(HttpResponseException e, Context ctx) {
        return switch (e.getStatus()) {
            case 404 -> unknownRoute(ctx);
            case 405 ->
                ErrorBody.methodNotAllowed(
                        ctx.method().name(), ctx.path(), e.getDetails().getOrDefault("availableMethods", ""));
            case 413 -> ErrorBody.requestTooLarge(maxBodySize);
            default -> ErrorBody.ofServer(e.getStatus(), String.valueOf(e.getMessage()));
        };
    }

    private static ErrorBody unknownRoute(Context ctx) {
        return InferencePaths.contains(InferencePaths.singleSlashes(ctx.path()))
                ? ErrorBody.methodNotAllowed(ctx.method().name(), ctx.path(), "POST")
                : ErrorBody.notFound(ctx.path());
    }
}
