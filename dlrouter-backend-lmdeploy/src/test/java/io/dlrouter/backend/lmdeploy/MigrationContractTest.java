package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.TwoStage;
import io.dlrouter.testkit.FakeMembers;
import io.dlrouter.testkit.TwoStageContract;
import java.util.Map;
import java.util.Set;

class MigrationContractTest extends TwoStageContract {
    @Override
    protected TwoStage protocol() {
        return new Migration(LmdeployOptions.of(Map.of()));
    }

    @Override
    protected FakeMembers prefillResponse() {
        return FakeMembers.of(
                "id", "\"7\"", "cache_block_ids", "[3,0,4]", "remote_token_ids", "[11,12]", "cache_session_id", "7");
    }

    @Override
    protected Set<String> reservedMembers() {
        return new LmdeployBackend().reservedMembers();
    }
}
