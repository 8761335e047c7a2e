package com.example.consumer;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.PdProtocol;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An engine that nobody has but this project. It responds {@code loading} while it reads its weights. */
public final class HouseBackend implements BackendAdapter {
    private static final String NAME = "house";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Health health(int status, String body) {
        if (status < 500) {
            return Health.SERVING;
        }
        return body.strip().equals("loading") ? Health.WAITING : Health.FAILING;
    }

    @Override
    public Set<String> reservedMembers() {
        return Set.of(HouseTransfer.CACHE);
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return Optional.of(new HouseTransfer());
    }

    /** Makes the adapter {@code house}. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new HouseBackend();
        }
    }
}
