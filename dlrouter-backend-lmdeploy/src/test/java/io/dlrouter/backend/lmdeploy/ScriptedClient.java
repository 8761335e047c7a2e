package io.dlrouter.backend.lmdeploy;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.EngineCall;
import io.dlrouter.spi.NodeClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Calls scripted engines without a network. Nobody listens at other addresses. */
final class ScriptedClient implements NodeClient {
    private final Map<URI, ScriptedEngine> engines = new ConcurrentHashMap<>();

    void add(ScriptedEngine engine) {
        engines.put(engine.node().address().url(), engine);
    }

    @Override
    public Response get(NodeSpec node, String path, Duration limit) throws IOException {
        return engine(node).call(path, "", limit);
    }

    @Override
    public Response post(NodeSpec node, EngineCall call, Duration limit) throws IOException {
        return engine(node).call(call.path(), call.json(), limit);
    }

    private ScriptedEngine engine(NodeSpec node) throws ConnectException {
        ScriptedEngine engine = engines.get(node.address().url());
        if (engine == null) {
            throw new ConnectException("Connection refused");
        }
        return engine;
    }
}
