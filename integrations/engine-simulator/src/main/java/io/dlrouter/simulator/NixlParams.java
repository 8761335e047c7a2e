package io.dlrouter.simulator;

import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a NIXL prefill engine responds with for the decode engine, written so that the one that reads and writes it anew changes
 * it: numbers that a double does not hold or would print otherwise, escapes, line breaks, members of the future.
 */
record NixlParams(String text, int blocks) {
    private static final int TOKENS_PER_BLOCK = 16;
    private static final int CACHE_GROUPS = 2;

    static NixlParams of(CompletionRequest asked, EngineState engine) {
        int perGroup = (asked.promptTokens() + TOKENS_PER_BLOCK - 1) / TOKENS_PER_BLOCK;
        String text = """
                {"do_remote_prefill":true , "do_remote_decode" :false,\r
                \t"remote_block_ids": [ [%s],[%s ] ],
                  "remote_engine_id":%s,"remote_request_id" : %s,
                  "remote_host":%s, "remote_port":%d,"tp_size":1, "remote_num_tokens":%d,
                  "remote_blocks_expiry_time":1e3 , "sequence":9007199254740993, "share":1.0,
                  "layout":{"note":"K\\u00e4\\/V\\t\\"größe\\" \\ud83d\\ude80 数","ranks":[ ],"deep":{"next": null}} }""".formatted(
                        ids(0, perGroup),
                        ids(perGroup, CACHE_GROUPS * perGroup),
                        Json.text(engine.name()),
                        Json.text(internalId(asked.requestId())),
                        Json.text(engine.listener().host()),
                        engine.listener().port(),
                        asked.promptTokens());
        return new NixlParams(text, CACHE_GROUPS * perGroup);
    }

    /** The id that the engine gives the request inside, which differs each time. */
    private static String internalId(String requestId) {
        return "%s-%08x".formatted(requestId, ThreadLocalRandom.current().nextInt());
    }

    private static String ids(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }
}
