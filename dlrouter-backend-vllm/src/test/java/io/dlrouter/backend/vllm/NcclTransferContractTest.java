package io.dlrouter.backend.vllm;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.TwoStage;
import io.dlrouter.testkit.FakeMembers;
import io.dlrouter.testkit.TwoStageContract;
import java.time.Duration;
import java.util.Set;

class NcclTransferContractTest extends TwoStageContract {
    @Override
    protected TwoStage protocol() {
        return new KvTransfer(0, Duration.ofSeconds(30));
    }

    @Override
    protected NodeSpec prefillNode() {
        return super.prefillNode().withZmqAddress("10.0.0.1:21001");
    }

    @Override
    protected NodeSpec decodeNode() {
        return super.decodeNode().withZmqAddress("10.0.0.2:22001");
    }

    @Override
    protected FakeMembers prefillResponse() {
        return FakeMembers.of("usage", "{\"prompt_tokens\":20,\"completion_tokens\":1}");
    }

    @Override
    protected Set<String> reservedMembers() {
        return new VllmBackend().reservedMembers();
    }
}
