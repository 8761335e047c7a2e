package io.dlrouter.backend.vllm;

import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.StandardOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What can be set for vLLM, by the names of the command line.
 *
 * @param zmqHost {@code zmq_host}: the address or name that heartbeats are received on
 * @param zmqPort {@code zmq_port}: its port; 0 for any that is free
 * @param zmqPingTimeout {@code zmq_ping_timeout}: the silence after which an instance counts as overdue
 * @param heartbeatExpiration {@code heartbeat_expiration}: the silence after which it may be removed
 * @param pdMinPromptTokens {@code pd_min_prompt_tokens}: prompts of fewer tokens go to a decode node alone; 0 for none
 * @param kvLeaseDuration {@code kv_lease_duration}: how long prefill nodes hold a KV cache, by the name that vLLM gives it
 *     in {@code kv_connector_extra_config}
 */
record VllmOptions(
        String zmqHost,
        int zmqPort,
        Duration zmqPingTimeout,
        Duration heartbeatExpiration,
        int pdMinPromptTokens,
        Duration kvLeaseDuration) {
    /** These options and the standard ones that apply to vLLM, as the provider declares them. */
    static final List<BackendOption> DECLARED = declared();

    private static final Pattern WHOLE = Pattern.compile("\\d{1,9}");
    private static final Pattern DECIMAL = Pattern.compile("\\d{1,9}(\\.\\d{1,9})?");
    private static final int HIGHEST_PORT = 65_535;

    /**
     * Reads the options that are vLLM's, and leaves others alone.
     *
     * @throws IllegalArgumentException if one has no meaning; names it, its value and what was expected
     */
    static VllmOptions of(Map<String, String> options) {
        return new VllmOptions(
                host(options.getOrDefault("zmq_host", "0.0.0.0")),
                port(options.getOrDefault("zmq_port", "30001")),
                seconds("zmq_ping_timeout", options.getOrDefault("zmq_ping_timeout", "5")),
                seconds("heartbeat_expiration", options.getOrDefault("heartbeat_expiration", "90")),
                tokens(options.getOrDefault("pd_min_prompt_tokens", "0")),
                seconds("kv_lease_duration", options.getOrDefault("kv_lease_duration", "30")));
    }

    private static List<BackendOption> declared() {
        List<BackendOption> options = new ArrayList<>(
                List.of(StandardOptions.PREFILL_URLS, StandardOptions.DECODE_URLS, StandardOptions.MODELS));
        options.addAll(List.of(
                BackendOption.of("zmq_host", "<address>", "The address that receives heartbeats")
                        .withDefault("0.0.0.0"),
                BackendOption.of("zmq_port", "<port>", "The port that receives heartbeats")
                        .withDefault("30001"),
                BackendOption.time("zmq_ping_timeout", "An instance without a heartbeat for so long is reported")
                        .withDefault("5"),
                BackendOption.time("heartbeat_expiration", "A node without a heartbeat for so long is removed")
                        .withDefault("90")));
        options.addAll(StandardOptions.DATA_PARALLEL_SIZES);
        options.addAll(List.of(
                BackendOption.of(
                                "pd_min_prompt_tokens",
                                "<n>",
                                "A prompt of fewer tokens, as estimated, is not split but goes to decode alone")
                        .withDefault("0"),
                BackendOption.time(
                                "kv_lease_duration",
                                "How long prefill nodes hold a KV cache for decode, as kv_lease_duration in their"
                                        + " kv_connector_extra_config; a decode that begins later is not used")
                        .withDefault("30")));
        return List.copyOf(options);
    }

    private static String host(String value) {
        if (value.isBlank()) {
            throw invalid("zmq_host", value, "an address or a name of this machine");
        }
        return value;
    }

    private static int port(String value) {
        if (!WHOLE.matcher(value).matches() || Integer.parseInt(value) > HIGHEST_PORT) {
            throw invalid("zmq_port", value, "0 to " + HIGHEST_PORT);
        }
        return Integer.parseInt(value);
    }

    private static int tokens(String value) {
        if (!WHOLE.matcher(value).matches()) {
            throw invalid("pd_min_prompt_tokens", value, "a number of tokens, 0 to 999999999");
        }
        return Integer.parseInt(value);
    }

    private static Duration seconds(String name, String value) {
        Duration time = DECIMAL.matcher(value).matches() ? Duration.parse("PT" + value + "S") : Duration.ZERO;
        if (time.isZero()) {
            throw invalid(name, value, "seconds, more than 0, such as 2.5");
        }
        return time;
    }

    private static IllegalArgumentException invalid(String name, String value, String expected) {
        return new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
    }
}
