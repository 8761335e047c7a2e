package io.dlrouter.server.http;

import io.dlrouter.core.openai.InferencePaths;
import java.util.Objects;
import org.eclipse.jetty.server.Request;

/** The path of a request, as routes are matched with it. */
public final class RequestPath {
    private RequestPath() {}

    /** The path without its query and with single slashes; empty if the request line has none. */
    public static String of(Request request) {
        return InferencePaths.singleSlashes(
                Objects.requireNonNullElse(request.getHttpURI().getCanonicalPath(), ""));
    }
}
