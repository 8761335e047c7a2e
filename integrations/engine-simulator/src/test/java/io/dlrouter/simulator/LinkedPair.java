package io.dlrouter.simulator;

import static io.dlrouter.simulator.ApiClient.CHAT;
import static io.dlrouter.simulator.ApiClient.chat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A router in small for one prefill and one decode engine of LMDeploy, written by hand, and the engines too. */
final class LinkedPair implements AutoCloseable {
    static final String INFO = "/distserve/engine_info";
    static final String INITIALIZE = "/distserve/p2p_initialize";
    static final String CONNECT = "/distserve/p2p_connect";
    static final String DROP = "/distserve/p2p_drop_connect";
    static final String FREE = "/distserve/free_cache";
    static final String PREFILL = "\"stream\":false,\"max_tokens\":1,\"max_completion_tokens\":1,\"with_cache\":true,"
            + "\"preserve_cache\":true,";

    private static final String[] PROXY = {"x-lmdeploy-distserve-proxy", "1"};

    final SimulatedEngine prefill;
    final SimulatedEngine decode;
    private final ApiClient toPrefill;
    private final ApiClient toDecode;

    private LinkedPair(DistServeOptions options) {
        prefill = engine().distServe(options).prefill().start();
        decode = engine().distServe(options).decode().start();
        toPrefill = new ApiClient(prefill);
        toDecode = new ApiClient(decode);
    }

    static LinkedPair unlinked() {
        return new LinkedPair(DistServeOptions.DEFAULT);
    }

    static LinkedPair of(DistServeOptions options) throws IOException, InterruptedException {
        LinkedPair pair = new LinkedPair(options);
        pair.link();
        return pair;
    }

    static LinkedPair linked() throws IOException, InterruptedException {
        return of(DistServeOptions.DEFAULT);
    }

    static SimulatedEngineBuilder engine() {
        return SimulatedEngine.builder(EngineKind.LMDEPLOY).model("m").tokens(2);
    }

    /** The six calls in order. */
    void link() throws IOException, InterruptedException {
        String infoOfPrefill = info(prefill);
        String infoOfDecode = info(decode);
        String ofPrefill = initializePrefill(infoOfPrefill, infoOfDecode).body();
        String ofDecode = initializeDecode(infoOfDecode, infoOfPrefill).body();
        connectPrefill(ofDecode);
        connectDecode(ofPrefill);
    }

    /** What the engine tells about itself, the string around it taken off. */
    String info(SimulatedEngine engine) throws IOException, InterruptedException {
        return client(engine).get(INFO).body().replaceAll("^\"|\"$", "").replace("\\\"", "\"");
    }

    HttpResponse<String> initializePrefill(String local, String remote) throws IOException, InterruptedException {
        return toPrefill.post(INITIALIZE, initialize(prefill, local, decode, remote));
    }

    HttpResponse<String> initializeDecode(String local, String remote) throws IOException, InterruptedException {
        return toDecode.post(INITIALIZE, initialize(decode, local, prefill, remote));
    }

    HttpResponse<String> connectPrefill(String answerOfDecode) throws IOException, InterruptedException {
        return toPrefill.post(CONNECT, connect(decode, answerOfDecode));
    }

    HttpResponse<String> connectDecode(String answerOfPrefill) throws IOException, InterruptedException {
        return toDecode.post(CONNECT, connect(prefill, answerOfPrefill));
    }

    HttpResponse<String> drop(SimulatedEngine engine, SimulatedEngine peer) throws IOException, InterruptedException {
        return client(engine)
                .post(DROP, "{\"engine_id\":\"" + engine.url() + "\",\"remote_engine_id\":\"" + peer.url() + "\"}");
    }

    HttpResponse<String> free(String session) throws IOException, InterruptedException {
        return toPrefill.post(
                FREE, "{\"remote_engine_id\":\"" + prefill.url() + "\",\"remote_session_id\":" + session + "}");
    }

    HttpResponse<String> prefill(String members) throws IOException, InterruptedException {
        return toPrefill.post(CHAT, chat(members), PROXY);
    }

    /** Prefills, and gives the {@code migration_request} that decode is to get. */
    String order() throws IOException, InterruptedException {
        return order(prefill, prefill(PREFILL).body());
    }

    static String order(SimulatedEngine prefill, String answer) {
        return "\"migration_request\":{\"protocol\":2,\"remote_engine_id\":\"" + prefill.url()
                + "\",\"remote_session_id\":" + after("\"cache_session_id\":", answer) + ",\"remote_token_id\":"
                + after("\"remote_token_ids\":\\[", answer) + ",\"remote_block_ids\":["
                + after("\"cache_block_ids\":\\[", answer) + "],\"is_dummy_prefill\":false},";
    }

    HttpResponse<String> decode(String members) throws IOException, InterruptedException {
        return toDecode.post(CHAT, chat(members), PROXY);
    }

    static String initialize(SimulatedEngine callee, String local, SimulatedEngine peer, String remote) {
        return "{\"local_engine_id\":\"" + callee.url() + "\",\"local_engine_config\":" + local
                + ",\"remote_engine_id\":\"" + peer.url() + "\",\"remote_engine_config\":" + remote
                + ",\"protocol\":2,\"rank\":null,\"tcp_config\":null,"
                + "\"rdma_config\":{\"with_gdr\":true,\"link_type\":2},\"nvlink_config\":null}";
    }

    static String connect(SimulatedEngine peer, String answer) {
        String endpoints = answer.replace("{\"status\":1,\"engine_", "\"remote_engine_")
                .replace("\"kvtransfer_", "\"remote_kvtransfer_");
        return "{\"protocol\":2,\"remote_engine_id\":\"" + peer.url() + "\"," + endpoints;
    }

    /** What an engine of so many blocks tells about itself. */
    static String config(int blocks) {
        return "{\"tp_size\":1,\"ep_size\":1,\"dp_size\":1,\"pp_size\":null,\"dp_rank\":0,\"block_size\":64,"
                + "\"num_cpu_blocks\":0,\"num_gpu_blocks\":" + blocks + "}";
    }

    @Override
    public void close() {
        prefill.close();
        decode.close();
    }

    private ApiClient client(SimulatedEngine engine) {
        return engine == prefill ? toPrefill : toDecode;
    }

    /** The digits and commas behind this text. */
    private static String after(String text, String answer) {
        Matcher number = Pattern.compile(text + "([0-9]+(?:,[0-9]+)*)").matcher(answer);
        return number.find() ? number.group(1) : "";
    }
}
