package com.example.consumer;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.testkit.BackendAdapterContract;

class HouseBackendTest extends BackendAdapterContract {
    @Override
    protected BackendAdapter.Provider provider() {
        return new HouseBackend.Provider();
    }
}
