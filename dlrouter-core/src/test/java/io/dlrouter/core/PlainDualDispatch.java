package io.dlrouter.core;

import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.DualDispatch;
import io.dlrouter.spi.NodeRequest;
import io.dlrouter.spi.PdAttempt;
import io.dlrouter.spi.PrefillLists;
import io.dlrouter.spi.RoutingContext;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A protocol in which both nodes are told the number of the sample by the member {@code sample}. The member {@code n}
 * says how many there are; with a member {@code lists}, the list {@code tokens} of prefill's {@code meta} goes before
 * decode's.
 */
record PlainDualDispatch() implements DualDispatch {

    @Override
    public Set<String> hiddenMembers() {
        return Set.of();
    }

    @Override
    public int samples(RoutingContext request) {
        return request.member("n").map(n -> Integer.valueOf(n.text())).orElse(1);
    }

    @Override
    public Legs legs(PdAttempt attempt, int sample) {
        NodeRequest both = new NodeRequest(Map.of(), BodyEdit.NONE.setting("sample", Integer.toString(sample)));
        return new Legs(both, both);
    }

    @Override
    public Optional<PrefillLists> prefillLists(RoutingContext request) {
        return request.member("lists").map(asked -> new PrefillLists("meta", Set.of("tokens")));
    }
}
