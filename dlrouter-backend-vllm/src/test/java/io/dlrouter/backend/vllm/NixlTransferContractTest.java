package io.dlrouter.backend.vllm;

import io.dlrouter.spi.TwoStage;
import io.dlrouter.testkit.FakeMembers;
import io.dlrouter.testkit.TwoStageContract;
import java.time.Duration;
import java.util.Set;

class NixlTransferContractTest extends TwoStageContract {
    @Override
    protected TwoStage protocol() {
        return new KvTransfer(0, Duration.ofSeconds(30));
    }

    @Override
    protected FakeMembers prefillResponse() {
        return FakeMembers.of(
                "kv_transfer_params",
                "{\"do_remote_prefill\":true,\"do_remote_decode\":false,\"remote_block_ids\":[1,2],"
                        + "\"remote_engine_id\":\"e\",\"remote_host\":\"10.0.0.1\",\"remote_port\":5557}",
                "usage",
                "{\"prompt_tokens\":20,\"completion_tokens\":1}");
    }

    @Override
    protected Set<String> reservedMembers() {
        return new VllmBackend().reservedMembers();
    }
}
