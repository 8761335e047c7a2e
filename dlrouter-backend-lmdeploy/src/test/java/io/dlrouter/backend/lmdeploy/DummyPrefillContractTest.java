package io.dlrouter.backend.lmdeploy;

import io.dlrouter.spi.TwoStage;
import java.util.Map;

class DummyPrefillContractTest extends MigrationContractTest {
    @Override
    protected TwoStage protocol() {
        return new Migration(LmdeployOptions.of(Map.of("dummy_prefill", "true")));
    }
}
