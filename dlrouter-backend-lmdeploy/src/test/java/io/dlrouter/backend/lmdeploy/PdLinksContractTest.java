package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.spi.RouterClock;
import io.dlrouter.testkit.FakeNodeClient;
import io.dlrouter.testkit.NodeLinksContract;
import java.util.Map;

class PdLinksContractTest extends NodeLinksContract {
    @Override
    protected NodeLinks links(NodeClient client, RouterClock clock) {
        return new PdLinks(client, LmdeployOptions.of(Map.of()), Patience.DEFAULT, clock);
    }

    @Override
    protected NodeClient.Response respond(FakeNodeClient.Call call) {
        return ScriptedEngine.usual(call.node(), call.path());
    }
}
