package io.dlrouter.simulator;

/** What LMDeploy asks of both stages of a request that a router split. */
final class DistServeRules {
    private static final String HEADER = "x-lmdeploy-distserve-proxy";

    private DistServeRules() {}

    static void check(CompletionRequest asked, EngineState engine) {
        String header = asked.request().header(HEADER).orElse("none");
        if (!header.equals("1")) {
            throw engine.violation(400, "header " + HEADER + ": " + header + " (expected: 1)");
        }
        if (asked.body().has("session_id")) {
            throw engine.violation(
                    400,
                    "session_id: " + asked.body().any("session_id") + " (expected: none, engines count their own)");
        }
        if (asked.choices() > 1 || asked.batch().isPresent()) {
            throw engine.violation(400, "n, prompt: several or a list (expected: one prompt, one choice)");
        }
    }
}
