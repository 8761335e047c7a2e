package io.dlrouter.backend.sglang;

import io.dlrouter.spi.DualDispatch;
import io.dlrouter.testkit.DualDispatchContract;
import java.util.Set;

class BootstrapContractTest extends DualDispatchContract {
    @Override
    protected DualDispatch protocol() {
        return new Bootstrap();
    }

    @Override
    protected Set<String> reservedMembers() {
        return new SglangBackend().reservedMembers();
    }
}
