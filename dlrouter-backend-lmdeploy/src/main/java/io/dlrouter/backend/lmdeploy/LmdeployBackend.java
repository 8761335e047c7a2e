package io.dlrouter.backend.lmdeploy;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.NodeClient;
import io.dlrouter.spi.NodeLinks;
import io.dlrouter.spi.PdProtocol;
import io.dlrouter.spi.RouterClock;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import okio.Buffer;

/** LMDeploy's {@code api_server}. */
public final class LmdeployBackend implements BackendAdapter {
    private static final String NAME = "lmdeploy";
    private static final JsonReader.Options STATUS = JsonReader.Options.of("status");

    private final LmdeployOptions options;

    /** With the defaults of all options. */
    public LmdeployBackend() {
        this(LmdeployOptions.of(Map.of()));
    }

    LmdeployBackend(LmdeployOptions options) {
        this.options = options;
    }

    @Override
    public String name() {
        return NAME;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Up to 0.13 the {@code /health} of {@code lmdeploy/serve/openai/api_server.py} is an empty 200. Since 0.14 it
     * is JSON whose {@code status} is {@code healthy} or {@code sleeping} (then the engine refuses requests) with 200,
     * {@code initializing} or {@code unhealthy} with 503.
     */
    @Override
    public Health health(int status, String body) {
        return switch (engineStatus(body)) {
            case "initializing", "sleeping" -> Health.WAITING;
            default -> status >= 500 ? Health.FAILING : Health.SERVING;
        };
    }

    /** The member {@code status}; empty if the body is no JSON object that has it. */
    private static String engineStatus(String body) {
        try (JsonReader reader = JsonReader.of(new Buffer().writeUtf8(body))) {
            return engineStatus(reader);
        } catch (IOException | JsonDataException e) {
            return "";
        }
    }

    private static String engineStatus(JsonReader reader) throws IOException {
        String status = "";
        reader.beginObject();
        while (reader.hasNext()) {
            if (reader.selectName(STATUS) == 0) {
                status = reader.nextString();
            } else {
                reader.skipName();
                reader.skipValue();
            }
        }
        reader.endObject();
        return status;
    }

    @Override
    public Optional<String> cachePath() {
        return Optional.of(EngineInfo.PATH);
    }

    /** {@inheritDoc} An engine of TurboMind does not say it. */
    @Override
    public OptionalLong cacheTokens(String response) {
        try {
            EngineInfo info = EngineInfo.parse(response);
            long tokens = info.blockSize() * info.gpuBlocks();
            return tokens > 0 ? OptionalLong.of(tokens) : OptionalLong.empty();
        } catch (IllegalArgumentException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public Optional<PdProtocol> prefillDecode() {
        return Optional.of(new Migration(options));
    }

    /** {@inheritDoc} Without prefill there is nothing to link. */
    @Override
    public Optional<NodeLinks> links(NodeClient client, RouterClock clock) {
        return options.dummyPrefill()
                ? Optional.empty()
                : Optional.of(new PdLinks(client, options, Patience.DEFAULT, clock));
    }

    /** Makes the adapter {@code lmdeploy}. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new LmdeployBackend(LmdeployOptions.of(options));
        }
    }
}
