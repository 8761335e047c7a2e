package com.example.consumer;

import io.dlrouter.spi.TwoStage;
import io.dlrouter.testkit.FakeMembers;
import io.dlrouter.testkit.TwoStageContract;

class HouseTransferTest extends TwoStageContract {
    @Override
    protected TwoStage protocol() {
        return new HouseTransfer();
    }

    @Override
    protected FakeMembers prefillResponse() {
        return FakeMembers.of("house_cache", "{\"blocks\":3}", "usage", "{\"prompt_tokens\":20}");
    }
}
