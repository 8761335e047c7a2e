package io.dlrouter.backend.lmdeploy;

import io.dlrouter.LegFailedException;
import io.dlrouter.spi.EngineCall;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/**
 * One attempt to link two engines, in six calls one after the other: what both are is asked, both make an endpoint for
 * each other, and both are told of the other's. The order and the members are those of
 * {@code lmdeploy/pytorch/disagg/conn/proxy_conn.py}. Used by one thread.
 */
final class Handshake {
    private final EngineClient client;
    private final LmdeployOptions options;
    private final PairLink link;

    Handshake(EngineClient client, LmdeployOptions options, PairLink link) {
        this.client = client;
        this.options = options;
        this.link = link;
    }

    /**
     * Makes the calls.
     *
     * @return why these two can never be linked; empty if they are now
     * @throws LegFailedException if one of them failed
     * @throws CancellationException if nobody wants the link any more
     */
    Optional<String> perform() {
        Engine prefill = link.prefill();
        Engine decode = link.decode();
        EngineInfo prefillInfo = info(prefill);
        EngineInfo decodeInfo = info(decode);
        Optional<String> mismatch = EngineInfo.mismatch(prefillInfo, decodeInfo);
        if (mismatch.isPresent()) {
            return mismatch;
        }
        link.begin();
        Endpoint ofPrefill = initialize(prefill, prefillInfo, decode, decodeInfo);
        Endpoint ofDecode = initialize(decode, decodeInfo, prefill, prefillInfo);
        connect(prefill, decode, ofDecode);
        connect(decode, prefill, ofPrefill);
        return Optional.empty();
    }

    private EngineInfo info(Engine engine) {
        checkWanted();
        return client.get(engine, EngineInfo.PATH, EngineInfo::parse);
    }

    private Endpoint initialize(Engine callee, EngineInfo calleeInfo, Engine peer, EngineInfo peerInfo) {
        String json = "{\"local_engine_id\":\"" + callee.id() + "\",\"local_engine_config\":" + calleeInfo.json()
                + ",\"remote_engine_id\":\"" + peer.id() + "\",\"remote_engine_config\":" + peerInfo.json()
                + ",\"protocol\":" + options.migrationProtocol().wireNumber()
                + ",\"rank\":null,\"tcp_config\":null,\"rdma_config\":{\"with_gdr\":" + options.withGdr()
                + ",\"link_type\":" + options.linkType().wireNumber() + "},\"nvlink_config\":null}";
        return tell(callee, new EngineCall("/distserve/p2p_initialize", json), Endpoint::parse);
    }

    private void connect(Engine callee, Engine peer, Endpoint ofPeer) {
        String json = "{\"protocol\":" + options.migrationProtocol().wireNumber() + ",\"remote_engine_id\":\""
                + peer.id() + "\",\"remote_engine_endpoint_info\":" + ofPeer.engine()
                + ",\"remote_kvtransfer_endpoint_info\":" + ofPeer.transfers() + "}";
        tell(callee, new EngineCall("/distserve/p2p_connect", json), Endpoint::succeeded);
    }

    private <T> T tell(Engine callee, EngineCall call, Function<String, T> reading) {
        checkWanted();
        return client.post(callee, call, reading);
    }

    private void checkWanted() {
        if (link.isOver()) {
            throw new CancellationException("The link of the " + link.prefill() + " is no longer needed.");
        }
    }
}
