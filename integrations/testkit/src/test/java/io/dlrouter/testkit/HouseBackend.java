package io.dlrouter.testkit;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.PdProtocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** An adapter of an engine that is nowhere, with the one defect that a test of the contract is to find. */
final class HouseBackend implements BackendAdapter {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private final String defect;

    private HouseBackend(String defect) {
        this.defect = defect;
    }

    private boolean fails(String test) {
        return defect.equals(test);
    }

    @Override
    public String name() {
        return fails("provider_optionsOfOthers_makesAnAdapterOfItsName") ? "another" : "house";
    }

    @Override
    public Health health(int status, String body) {
        if (fails("health_anyResponse_isReadTheSameEachTime")) {
            return CALLS.incrementAndGet() % 2 == 0 ? Health.SERVING : Health.WAITING;
        }
        if (fails("health_serverError_isNotServing")
                || (status == 200 && !fails("health_emptyOk_isServing"))
                || (status == 404 && !fails("health_engineWithoutThatRoute_isServing"))) {
            return Health.SERVING;
        }
        return status >= 500 || fails("health_clientError_isNotFailing") ? Health.FAILING : Health.WAITING;
    }

    @Override
    public Map<String, String> headers(NodeSpec node) {
        if (fails("headers_wholeEngine_nameNoRank")) {
            return Map.of("X-data-parallel-rank", "0");
        }
        if (fails("headers_anyNode_areReserved")) {
            return Map.of("X-House-Zone", "east");
        }
        return fails("headers_anyNode_areWellFormed")
                ? Map.of("Content-Length", "1")
                : BackendAdapter.super.headers(node);
    }

    @Override
    public Set<String> reservedHeaders() {
        return fails("reservedHeaders_always_areTheSameAndLeaveWhatClientsSet")
                ? Set.of("Authorization")
                : BackendAdapter.super.reservedHeaders();
    }

    @Override
    public Set<String> reservedMembers() {
        return Set.of(fails("reservedMembers_always_areTheSameAndLeaveWhatClientsSet") ? "model" : "house_cache");
    }

    @Override
    public List<String> descriptionPaths() {
        return List.of(fails("paths_askedByTheRouter_beginWithASlash") ? "info" : "/info");
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        boolean absent = !fails("prefillDecode_askedTwice_isTheSameKindOfProtocol") || CALLS.incrementAndGet() % 2 == 0;
        return absent ? Optional.empty() : Optional.of(new DualDispatchContractTest.HouseRooms());
    }

    /** Makes the adapter {@code house}. */
    public static class Provider implements BackendAdapter.Provider {
        private final String defect;

        /** One that nothing is wrong with, for the service loader. */
        public Provider() {
            this("");
        }

        Provider(String defect) {
            this.defect = defect;
        }

        @Override
        public String name() {
            return "house";
        }

        @Override
        public List<BackendOption> options() {
            BackendOption zone = BackendOption.of("house_zone", "<name>", "Where the engines stand");
            return defect.equals("options_ofTheProvider_haveUniqueNamesAndDefaultsThatItTakes")
                    ? List.of(zone, zone)
                    : List.of(zone.withDefault("east"));
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new HouseBackend(defect);
        }
    }
}
