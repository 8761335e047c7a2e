package io.dlrouter.core;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import java.util.Map;

/** An engine whose answer to {@code /health} says by its status, or the word {@code waiting}, how it is. */
public final class PlainBackend implements BackendAdapter {
    static final String NAME = "plain";
    /** The path of a node that this adapter fails on. */
    static final String NO_HEADERS = "/no-headers";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Health health(int status, String body) {
        if (body.equals("waiting")) {
            return Health.WAITING;
        }
        return status >= 500 ? Health.FAILING : Health.SERVING;
    }

    @Override
    public Map<String, String> headers(NodeSpec node) {
        if (node.address().url().getPath().equals(NO_HEADERS)) {
            throw new IllegalStateException("no headers for " + node.address());
        }
        return BackendAdapter.super.headers(node);
    }

    /** Makes the adapter {@code plain}, unless an option {@code plain_refuses} is given. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            if (options.containsKey("plain_refuses")) {
                throw new IllegalArgumentException("plain_refuses: set (expected: nothing)");
            }
            return new PlainBackend();
        }
    }
}
