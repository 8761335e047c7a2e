package io.dlrouter.server.http;

import io.dlrouter.RouterException;
import io.dlrouter.core.openai.InferencePaths;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The error responses of Javalin's routes, unknown routes included. */
public final class ErrorRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorRoutes.class);

    private final int maxBodySize;

    public ErrorRoutes(int maxBodySize) {
        this.maxBodySize = maxBodySize;
    }

    public void register(RoutesConfig routes) {
        routes.exception(RouterException.class, (e, ctx) -> ErrorResponse.of(e).send(ctx));
        routes.exception(
                HttpResponseException.class, (e, ctx) -> errorOf(e, ctx).send(ctx));
        routes.exception(
                IOException.class, (e, ctx) -> ErrorResponse.unreadableBody(e).send(ctx));
        routes.exception(UncheckedIOException.class, (e, ctx) -> {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), e);
            ErrorResponse.ofServer(500, String.valueOf(e.getMessage())).send(ctx);
        });
        routes.exception(Exception.class, (e, ctx) -> {
            LOG.error("{} {} failed", ctx.method(), ctx.path(), e);
            ErrorResponse.internal().send(ctx);
        });
    }

    private ErrorResponse errorOf(HttpResponseException e, Context ctx) {
        return switch (e.getStatus()) {
            case 404 -> unknownRoute(ctx);
            case 405 ->
                ErrorResponse.methodNotAllowed(
                        ctx.method().name(), ctx.path(), e.getDetails().getOrDefault("availableMethods", ""));
            case 413 -> ErrorResponse.requestTooLarge(maxBodySize);
            default -> ErrorResponse.ofServer(e.getStatus(), String.valueOf(e.getMessage()));
        };
    }

    private static ErrorResponse unknownRoute(Context ctx) {
        return InferencePaths.isPostOnly(InferencePaths.singleSlashes(ctx.path()))
                ? ErrorResponse.methodNotAllowed(ctx.method().name(), ctx.path(), "POST")
                : ErrorResponse.notFound(ctx.path());
    }
}
