package io.dlrouter.backend.lmdeploy;

import com.squareup.moshi.JsonDataException;
import com.squareup.moshi.JsonReader;
import io.dlrouter.spi.BackendAdapter;
import java.io.IOException;
import java.util.Map;
import okio.Buffer;

/** LMDeploy's {@code api_server}. */
public final class LmdeployBackend implements BackendAdapter {
    private static final JsonReader.Options STATUS = JsonReader.Options.of("status");

    @Override
    public String name() {
        return "lmdeploy";
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

    /** Makes the adapter {@code lmdeploy}. */
    public static final class Provider implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "lmdeploy";
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new LmdeployBackend();
        }
    }
}
