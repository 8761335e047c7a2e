package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;

import java.io.IOException;
import java.net.http.HttpResponse;

/** A router in small, written by hand: prefill first, then decode with what prefill answered. */
final class TwoStages {
    static final String ID = "6f1c2a52-8f0e-4d7e-9a43-0d5f3c1b7e88";
    static final String ORDER = "\"kv_transfer_params\":{\"do_remote_decode\":true,\"do_remote_prefill\":false,"
            + "\"remote_engine_id\":null,\"remote_block_ids\":null,\"remote_host\":null,\"remote_port\":null},";

    /** What the prefill step changes in a client's body, in front of the rest. */
    static final String PREFILL = ORDER + "\"stream\":false,\"max_tokens\":1,";

    private static final String MEMBER = "\"kv_transfer_params\":";

    private TwoStages() {}

    /** The transfer parameters that prefill responds with, as they stand there. */
    static String prefill(SimulatedEngine engine) throws IOException, InterruptedException {
        return paramsIn(post(engine, PREFILL));
    }

    static HttpResponse<String> decode(SimulatedEngine engine, String params, String moreMembers)
            throws IOException, InterruptedException {
        return post(engine, MEMBER + params + "," + moreMembers);
    }

    /** A chat request with the usual id. */
    static HttpResponse<String> post(SimulatedEngine engine, String members) throws IOException, InterruptedException {
        return new ApiClient(engine).post(CHAT, chat(members), "X-Request-Id", ID);
    }

    static String paramsIn(HttpResponse<String> answer) {
        String body = answer.body();
        return body.substring(body.indexOf(MEMBER) + MEMBER.length(), body.length() - 1);
    }

    static SimulatedEngineBuilder engine() {
        return SimulatedEngine.builder(EngineKind.VLLM).model("m").tokens(2);
    }
}
