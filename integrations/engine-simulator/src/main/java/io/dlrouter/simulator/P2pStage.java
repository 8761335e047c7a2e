package io.dlrouter.simulator;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Either side of P2P NCCL, where prefill sends the blocks to the decode engine as it computes them, and both know the
 * other from the request's id alone. No blocks are held, so none are counted.
 */
final class P2pStage implements Stage {
    private static final String FORM = "___prefill_addr_{host:port}___decode_addr_{host:port}_{32 hexadecimal digits}";
    private static final Pattern ID =
            Pattern.compile("___prefill_addr_(?<prefill>.+:[0-9]+)___decode_addr_(?<decode>.+:[0-9]+)_[0-9a-f]{32}");

    private final EngineState engine;
    private final EngineRole role;
    private final HostPort address;

    P2pStage(EngineState engine, HostPort address) {
        this.engine = engine;
        this.role = engine.options().pd().role();
        this.address = address;
    }

    @Override
    public void check(CompletionRequest asked) {
        if (role == EngineRole.PREFILL) {
            PrefillRules.brokenForP2p(asked.body()).ifPresent(broken -> {
                throw engine.violation(400, broken);
            });
        } else if (asked.body().has("kv_transfer_params")) {
            throw engine.violation(400, "kv_transfer_params: given (expected: none in P2P NCCL)");
        }
        checkId(asked.requestId());
    }

    @Override
    public Admission admit(CompletionRequest asked) {
        int cached = role == EngineRole.PREFILL ? 0 : asked.promptTokens();
        return Admission.cached(cached, engine.options().pd());
    }

    private void checkId(String id) {
        Matcher addresses = ID.matcher(id);
        if (!addresses.matches()) {
            throw engine.violation(500, "header x-request-id: " + id + " (expected: " + FORM + ")");
        }
        if (!addresses.group(role.toString()).equals(address.toString())) {
            throw engine.violation(500, "header x-request-id: " + id + " (expected: " + address + " for " + role + ")");
        }
    }
}
