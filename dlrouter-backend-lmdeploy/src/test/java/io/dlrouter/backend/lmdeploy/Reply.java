package io.dlrouter.backend.lmdeploy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.InferenceResponse;
import io.dlrouter.InvalidRequestException;
import io.dlrouter.RouterException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * What a caller of a router gets: a response, or the reason why there is none or why it failed.
 *
 * @param body as much of it as came
 * @param failure empty if a whole response came
 */
record Reply(int status, String body, Optional<RouterException> failure) {

    /** Reads a response to its end, and closes it. */
    static Reply of(InferenceResponse response) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (response;
                InputStream in = response.body()) {
            in.transferTo(body);
            return new Reply(response.status(), body.toString(UTF_8), Optional.empty());
        } catch (IOException e) {
            if (e.getCause() instanceof RouterException reason) {
                return new Reply(response.status(), body.toString(UTF_8), Optional.of(reason));
            }
            throw e;
        }
    }

    /** No response. */
    static Reply of(RouterException failure) {
        return new Reply(failure.status(), "", Optional.of(failure));
    }

    /** What stands in {@code error.code} then. */
    String code() {
        return failure.map(RouterException::code).orElse("none");
    }

    String message() {
        return failure.map(RouterException::getMessage).orElse("none");
    }

    /** The member of the request that is to blame. */
    String param() {
        return failure.filter(InvalidRequestException.class::isInstance)
                .map(InvalidRequestException.class::cast)
                .flatMap(InvalidRequestException::param)
                .orElse("none");
    }
}
