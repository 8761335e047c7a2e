package io.dlrouter.simulator;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an LMDeploy engine asks of the two calls that link it to another; whatever is wrong with them is a violation. */
final class Handshake {
    private static final Pattern URL = Pattern.compile("https?://[^/\\s]+:[0-9]{1,5}");
    private static final String REMOTE_ID = "remote_engine_id";
    private static final List<String> SHARED = List.of("tp_size", "block_size");

    private final EngineState engine;
    private final DistServe self;

    Handshake(EngineState engine, DistServe self) {
        this.engine = engine;
        this.self = self;
    }

    /** Takes {@code p2p_initialize}; gives the response. */
    String initialize(StrictJson asked) {
        String url = remote(asked);
        expect("local_engine_id", asked.text("local_engine_id"), self.url());
        checkTransport(asked);
        checkConfigs(asked);
        Optional<Peer> peer = Peer.find(self.network(), url, self.url());
        peer.ifPresent(other -> checkPeer(asked, other));
        if (!self.links().useInfo()) {
            throw wrong("engine_info: asked for before the last p2p_initialize (expected: anew for each)");
        }
        String answer = self.endpoint();
        self.links().initialize(url, Link.initialized(new RawJson(answer), peer.map(Peer::incarnation)));
        return answer;
    }

    /** Takes {@code p2p_connect}; gives the URL of the other side. */
    String connect(StrictJson asked) {
        String url = remote(asked);
        expectNumber(asked, "protocol", self.options().protocol());
        Link link = self.links().with(url).orElseThrow(() -> uninitialized(url));
        if (link.connected()) {
            throw wrong("p2p_connect: " + url + " again (expected: p2p_initialize before it)");
        }
        checkEndpoint(asked, reached(url, link));
        self.links().connect(url);
        return url;
    }

    private String remote(StrictJson asked) {
        String url = asked.text(REMOTE_ID);
        if (!URL.matcher(url).matches()) {
            throw wrong(REMOTE_ID + ": " + url + " (expected: the peer's URL without a slash at its end)");
        }
        return url;
    }

    private void checkTransport(StrictJson asked) {
        expectNumber(asked, "protocol", self.options().protocol());
        StrictJson rdma = asked.object("rdma_config");
        expectNumber(rdma, "link_type", self.options().linkType());
        rdma.flag("with_gdr");
    }

    private void checkConfigs(StrictJson asked) {
        StrictJson local = asked.object("local_engine_config");
        StrictJson remote = asked.object("remote_engine_config");
        expect("local_engine_config", local, StrictJson.of(self.config()));
        SHARED.forEach(name -> expect("remote_engine_config." + name, remote.any(name), local.any(name)));
        if (remote.natural("num_gpu_blocks") == 0 || local.natural("num_gpu_blocks") == 0) {
            throw wrong("num_gpu_blocks: 0 (expected: 1 or more)");
        }
    }

    private void checkPeer(StrictJson asked, Peer peer) {
        expect(REMOTE_ID + "'s role", peer.role(), otherRole());
        expect("remote_engine_config", asked.object("remote_engine_config"), peer.config());
        boolean linked =
                self.links().with(asked.text(REMOTE_ID)).filter(Link::confirmed).isPresent();
        if (linked && peer.confirmed()) {
            throw wrong("p2p_initialize: " + asked.text(REMOTE_ID) + " again (expected: none, they are connected)");
        }
        if (self.role() == EngineRole.DECODE && peer.endpoint().isEmpty()) {
            throw wrong("p2p_initialize: decode first (expected: prefill first)");
        }
    }

    /** Nobody's fault are an unreachable peer and one of another life than at the initialize. */
    private Peer reached(String url, Link link) {
        try {
            Peer peer = Peer.ask(self.network(), url, self.url());
            if (link.peerLife().filter(life -> life != peer.incarnation()).isEmpty()) {
                return peer;
            }
            throw new EngineErrorException(500, url + ": restarted since p2p_initialize", null);
        } catch (IOException unreachable) {
            throw new EngineErrorException(500, unreachable.toString(), null);
        }
    }

    private void checkEndpoint(StrictJson asked, Peer peer) {
        StrictJson endpoint = peer.endpoint()
                .orElseThrow(() -> wrong("p2p_connect: only one side is initialized (expected: both before it)"));
        expect(
                "remote_engine_endpoint_info",
                asked.any("remote_engine_endpoint_info"),
                endpoint.any("engine_endpoint_info"));
        expect(
                "remote_kvtransfer_endpoint_info",
                asked.any("remote_kvtransfer_endpoint_info"),
                endpoint.any("kvtransfer_endpoint_info"));
        if (self.role() == EngineRole.DECODE && !peer.connected()) {
            throw wrong("p2p_connect: decode first (expected: prefill first)");
        }
    }

    private EngineErrorException uninitialized(String url) {
        String message = "p2p_connect: " + url + " is not initialized (expected: p2p_initialize before it)";
        return self.links().lost(url) ? new EngineErrorException(500, message, null) : engine.violation(500, message);
    }

    private String otherRole() {
        return (self.role() == EngineRole.PREFILL ? EngineRole.DECODE : EngineRole.PREFILL).toString();
    }

    private void expectNumber(StrictJson asked, String member, long expected) {
        expect(member, asked.natural(member), expected);
    }

    private void expect(String member, @Nullable Object value, @Nullable Object expected) {
        if (!Objects.equals(value, expected)) {
            throw wrong(member + ": " + value + " (expected: " + expected + ")");
        }
    }

    private EngineErrorException wrong(String message) {
        return engine.violation(400, message);
    }
}
