package io.dlrouter.backend.lmdeploy;

import io.dlrouter.LegFailedException;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeClient.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * Calls engines, each within a limit. Whatever goes wrong is the called engine's failure.
 *
 * @param limit of each call
 */
record EngineClient(NodeClient client, Duration limit) {
    private static final int OK = 200;

    /** @throws LegFailedException if it gives no response that can be read */
    <T> T get(Engine engine, String path, Function<String, T> reading) {
        return read(engine, path, () -> client.get(engine.node(), path, limit), reading);
    }

    /** @throws LegFailedException if it gives no response that can be read */
    <T> T post(Engine engine, EngineCall call, Function<String, T> reading) {
        return read(engine, call.path(), () -> client.post(engine.node(), call, limit), reading);
    }

    private static <T> T read(Engine engine, String path, Exchange exchange, Function<String, T> reading) {
        try {
            Response response = exchange.response();
            if (response.status() != OK) {
                throw new IOException("status: " + response.status() + " (expected: " + OK + ")");
            }
            return reading.apply(response.body());
        } catch (IOException | RuntimeException e) {
            String reason =
                    Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
            throw new LegFailedException(engine.role(), "The " + engine + " failed at " + path + ": " + reason, e);
        }
    }

    /** A call that gets a response. */
    private interface Exchange {
        Response response() throws IOException;
    }
}
