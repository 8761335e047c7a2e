package io.dlrouter.core;

import io.dlrouter.spi.BackendAdapter;
import java.util.Map;

/** A backend that the user of the builder created. */
record OwnBackend(BackendAdapter adapter) implements BackendAdapter.Provider {
    @Override
    public String name() {
        return adapter.name();
    }

    @Override
    public BackendAdapter create(Map<String, String> options) {
        return adapter;
    }
}
