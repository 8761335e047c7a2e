package io.dlrouter.core;

import io.dlrouter.spi.BackendAdapter;
import java.util.Map;

/** A backend that the caller of the builder made. */
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
