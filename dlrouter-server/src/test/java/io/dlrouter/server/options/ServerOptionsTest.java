package io.dlrouter.server.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Level;
import io.dlrouter.NodeStatus;
import io.dlrouter.Router;
import io.dlrouter.core.RouterBuilder;
import io.dlrouter.server.log.AccessLogFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerOptionsTest {
    private static final String[] GATEWAYS_OWN = {
        "server_name",
        "server_port",
        "ssl",
        "ssl_keyfile",
        "ssl_certfile",
        "workers",
        "max_body_size",
        "shutdown_delay",
        "shutdown_grace",
        "cors_allow_origins",
        "plugin_path",
        "option",
        "max_concurrent_requests",
        "api_keys",
        "admin_api_keys",
        "trusted_registrars",
        "log_level",
        "uvicorn_log_level",
        "access_log",
        "node_header",
        "log_decisions",
        "help",
        "version"
    };
    private static final String PD = "--serving_strategy distserve ";

    @Test
    void parse_nothing_hasTheDefaults() {
        ServerOptions options = parse("");

        assertThat(options.listen.serverName).isEqualTo("0.0.0.0");
        assertThat(options.listen.serverPort).isEqualTo(8000);
        assertThat(options.listen.workers).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(options.listen.maxBodySize).isEqualTo(64 << 20);
        assertThat(options.admission.maxConcurrentRequests).isZero();
        assertThat(options.listen.shutdownGrace).isEqualTo(Duration.ofSeconds(60));
        assertThat(options.routing.backends).containsExactly("lmdeploy");
        assertThat(options.routerOptions()).containsEntry("backend", "lmdeploy").doesNotContainKey("with_gdr");
        assertThat(options.log.router).isEqualTo(Level.INFO);
        assertThat(options.log.server).isEqualTo(Level.WARN);
        assertThat(options.log.access).isEqualTo(AccessLogFormat.TEXT);
        assertThat(options.settings().nodeHeader()).isFalse();
        assertThat(options.listen.shutdownDelay).isEqualTo(Duration.ofSeconds(1));
        assertThat(options.settings().tls()).isEmpty();
        assertThat(options.settings().apiKeys().required()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--server_port 9",
                "--server-port 9",
                "--server_port=9",
                "--server-port=9",
                "--server_port 8 --server-port 9"
            })
    void parse_dashesOrUnderscores_areTheSame(String line) {
        assertThat(parse(line).listen.serverPort).isEqualTo(9);
    }

    @Test
    void parse_valueThatLooksLikeAnOption_staysAsItIs() {
        assertThat(parse("--backend_api_key=a-b_c-d=e").routerOptions()).containsEntry("backend_api_key", "a-b_c-d=e");
    }

    @Test
    void parse_lists_areSetApartByCommas() {
        ServerOptions options = ServerOptions.parse(
                Map.of(),
                "--node_urls",
                "http://a:1/, http://b:2@3",
                "--api-keys",
                "x , y",
                "--backend",
                "vllm,sglang");

        assertThat(options.routerOptions())
                .containsEntry("node_urls", "http://a:1/,http://b:2@3")
                .containsEntry("backend", "vllm,sglang");
        assertThat(options.access.apiKeys).containsExactly("x", "y");
        assertThat(options.routing.backends).containsExactly("vllm", "sglang");
        assertThat(options.settings().defaultBackend()).isEqualTo("vllm");
    }

    @Test
    void parse_environment_standsForOptionsAndCommandLineWins() {
        Map<String, String> environment = Map.of(
                "DLROUTER_SERVER_PORT", "1",
                "DLROUTER_SERVER_NAME", "::1",
                "DLROUTER_API_KEYS", "a,b",
                "DLROUTER_DISABLE_CACHE_STATUS", "1",
                "DLROUTER_HEALTH_CHECK_INTERVAL", "7",
                "DLROUTER_AIOHTTP_TIMEOUT", "9",
                "UVICORN_LOG_LEVEL", "error",
                "DLROUTER_BACKEND", " ",
                "DLROUTER_JAVA_OPTS", "-Xmx1g",
                "DLROUTER_ZMQ_PORT", "5");

        ServerOptions options = ServerOptions.parse(environment, "--server_port", "2");

        assertThat(options.listen.serverPort).isEqualTo(2);
        assertThat(options.listen.serverName).isEqualTo("::1");
        assertThat(options.access.apiKeys).containsExactly("a", "b");
        assertThat(options.routing.disableCacheStatus).isTrue();
        assertThat(options.routerOptions())
                .containsEntry("health_check_interval", "7")
                .containsEntry("request_timeout", "9")
                .doesNotContainKey("zmq_port");
        assertThat(options.log.server).isEqualTo(Level.ERROR);
        assertThat(options.routing.backends).containsExactly("lmdeploy");
    }

    @Test
    void parse_environmentOfAdmissionAndLogs_standsForOptions() {
        ServerOptions options = ServerOptions.parse(Map.of(
                "DLROUTER_QUEUE_SIZE", "100",
                "DLROUTER_QUEUE_TIMEOUT", "3",
                "DLROUTER_NODE_MAX_IN_FLIGHT", "64",
                "DLROUTER_FIRST_BYTE_TIMEOUT", "90",
                "DLROUTER_SHUTDOWN_DELAY", "0",
                "DLROUTER_ACCESS_LOG", "json",
                "DLROUTER_NODE_HEADER", "yes"));

        assertThat(options.routerOptions())
                .containsEntry("queue_size", "100")
                .containsEntry("queue_timeout", "3")
                .containsEntry("node_max_in_flight", "64")
                .containsEntry("first_byte_timeout", "90");
        assertThat(options.listen.shutdownDelay).isZero();
        assertThat(options.log.access).isEqualTo(AccessLogFormat.JSON);
        assertThat(options.settings().nodeHeader()).isTrue();
    }

    @Test
    void parse_bothNamesOfRequestTimeout_newOneWins() {
        Map<String, String> environment = Map.of("DLROUTER_AIOHTTP_TIMEOUT", "9", "DLROUTER_REQUEST_TIMEOUT", "8");

        assertThat(ServerOptions.parse(environment).routerOptions()).containsEntry("request_timeout", "8");
    }

    @Test
    void routerOptions_configPath_isInTheStateFolderByDefault() {
        Map<String, String> xdg = Map.of("XDG_STATE_HOME", "/state");
        String home = System.getProperty("user.home") + "/.local/state/dlrouter/nodes.json";

        assertThat(ServerOptions.parse(xdg).routerOptions()).containsEntry("config_path", "/state/dlrouter/nodes.json");
        assertThat(parse("").routerOptions()).containsEntry("config_path", home);
        assertThat(ServerOptions.parse(xdg, "--config_path", "/x/y.json").routerOptions())
                .containsEntry("config_path", "/x/y.json");
        assertThat(parse("--disable_cache_status").routerOptions()).containsEntry("disable_cache_status", "true");
    }

    @Test
    void routerOptions_optionsOfPlugins_areMarkedAsTheirs() {
        assertThat(parse("--option zone-hosts=10.1.,10.2. --option=b=c=d").routerOptions())
                .containsEntry("option.zone-hosts", "10.1.,10.2.")
                .containsEntry("option.b", "c=d");
    }

    @Test
    void routerOptions_anyOption_isTheRoutersOrTheGatewaysOwn() {
        List<String> options = parse("--help --backend vllm,sglang,lmdeploy")
                .helpText()
                .lines()
                .filter(line -> line.startsWith("      --"))
                .map(line -> line.strip().replaceFirst("^--(\\[no_])?([a-z_]+).*", "$2"))
                .toList();

        assertThat(options).containsAll(RouterBuilder.optionNames());
        assertThat(options)
                .filteredOn(option -> !RouterBuilder.optionNames().contains(option))
                .containsExactlyInAnyOrder(GATEWAYS_OWN);
    }

    @Test
    void router_asConfigured_hasTheNodes() {
        try (Router router = parse("--node_urls http://127.0.0.1:9,http://127.0.0.1:10@1 --backend sglang"
                        + " --disable_cache_status --routing_strategy round_robin --decode_routing_strategy random")
                .router()) {
            assertThat(router.nodes().all())
                    .extracting(NodeStatus::spec)
                    .allSatisfy(node -> assertThat(node.backend()).isEqualTo("sglang"))
                    .extracting(node -> node.address().toString())
                    .isEqualTo(List.of("http://127.0.0.1:9", "http://127.0.0.1:10@1"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus                      | --bogus: unknown option (expected: one that --help lists)",
                "--server-prot 1              | --server-prot: unknown option (expected: one that --help lists)",
                "stray                        | stray: unknown option (expected: one that --help lists)",
                "--server_port                | server_port: no value (expected: <port>)",
                "--server_port x              | server_port: x (expected: a port, 0 to 65535)",
                "--server-port=65536          | server_port: 65536 (expected: a port, 0 to 65535)",
                "--server_port -1             | server_port: -1 (expected: a port, 0 to 65535)",
                "--workers 0                  | workers: 0 (expected: a whole number above 0)",
                "--workers 1.5                | workers: 1.5 (expected: a whole number above 0)",
                "--max_concurrent_requests -1 | max_concurrent_requests: -1 (expected: a whole number, 0 or more)",
                "--max_body_size 2GiB         | max_body_size: 2GiB (expected: bytes, or a size such as 64MiB, below 2GiB)",
                "--max_body_size 1TiB         | max_body_size: 1TiB (expected: bytes, or a size such as 64MiB, below 2GiB)",
                "--max_body_size 0            | max_body_size: 0 (expected: bytes, or a size such as 64MiB, below 2GiB)",
                "--shutdown_grace x           | shutdown_grace: x (expected: a time in seconds or such as 500ms, 60s, 30m)",
                "--connect_timeout 0          | connect_timeout: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "--request_timeout -5         | request_timeout: -5 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "--health_check_interval 5d   | health_check_interval: 5d (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "--ssl=maybe                  | ssl: maybe (expected: true or false)",
                "--ssl                        | SSL_KEYFILE: not set (expected: a PEM file, because of --ssl)",
                "--shutdown_delay x           | shutdown_delay: x (expected: a time in seconds or such as 500ms, 60s, 30m)",
                "--first_byte_timeout 0       | first_byte_timeout: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "--queue_size -1              | queue_size: -1 (expected: a whole number, 0 or more)",
                "--queue_timeout 0            | queue_timeout: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "--node_max_in_flight many    | node_max_in_flight: many (expected: a whole number, 0 or more)",
                "--access_log xml             | access_log: xml (expected: OFF or TEXT or JSON)",
                "--log_level loud             | log_level: loud (expected: trace, debug, info, warning or error)",
                "--serving_strategy both      | serving_strategy: both (expected: hybrid or distserve)",
                "--node_urls http://a,b:1     | node_urls: b:1 (expected: http://host:port or https://host:port, with @rank for a data-parallel rank)",
                "--trusted_registrars 10/8    | trusted_registrars: 10/8 (expected: a network such as 10.0.0.0/8 or fd00::/8)",
                "--api_keys a,,b              | api_keys: an empty key (expected: at least one character each)",
                "--admin_api_keys=            | admin_api_keys: an empty key (expected: at least one character each)",
                "--backend_api_key=           | backend_api_key: an empty key (expected: at least one character)",
                "--option zone                | option: zone (expected: name=value)",
                "--plugin_path /not/there     | plugin_path: /not/there (expected: a jar, or a directory of jars)",
                "--plugin_path=               | plugin_path:  (expected: a jar, or a directory of jars)",
                "--option zmq_port=1 --backend vllm --zmq_port 2 | option.zmq_port: given beside zmq_port (expected: one of them)",
                "--shutdown_grace 577h        | shutdown_grace: 577h (expected: at most 576h, which is 24 days)",
                "--request_timeout 577h       | request_timeout: 577h (expected: at most 576h, which is 24 days)",
                "--backend vllm --models m    | models: m (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "--plugin_path pom.xml        | plugin_path: pom.xml (expected: a jar, or a directory of jars)",
                "--backend x                  | backend: x (expected: lmdeploy, sglang, vllm)",
                "--zmq_port 5                 | zmq_port: given with backend lmdeploy (expected: only with vllm)",
                "--dummy_prefill --backend vllm,sglang | dummy_prefill: given with backend vllm,sglang (expected: only with lmdeploy)",
                "--prefill_urls http://p      | prefill_urls: given with backend lmdeploy (expected: only with sglang or vllm)",
            })
    void parse_badValue_isOneLineWithOptionValueAndExpectation(String line, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> useAll(parse(line)))
                .withMessage(complaint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--migration_protocol tcp                     | migration_protocol: tcp (expected: RDMA or NVLINK)",
                "--node_urls http://h                         | node_urls: http://h (expected: none with serving_strategy distserve; its nodes are prefill_urls and decode_urls)",
                "--link_type x                                | link_type: x (expected: RoCE or IB)",
                "--migration_protocol x                       | migration_protocol: x (expected: RDMA or NVLINK)",
                "--backend vllm --intra_node_data_parallel_size 0 | intra_node_data_parallel_size: 0 (expected: a whole number, 1 to 1024)",
                "--backend vllm --intra_node_data_parallel_size 10000 | intra_node_data_parallel_size: 10000 (expected: a whole number, 1 to 1024)",
                "--backend vllm --pd_min_prompt_tokens -1     | pd_min_prompt_tokens: -1 (expected: a number of tokens, 0 to 999999999)",
                "--backend vllm --prefill_urls p:1 --decode_urls http://d | prefill_urls: p:1 (expected: http://host:port or https://host:port, with @rank for a data-parallel rank)",
                "--backend vllm --prefill_urls http://p,http://d/ --decode_urls http://d | prefill_urls: http://d (expected: each url once, as prefill or as decode)",
                "--backend vllm --models m                    | models: m (expected: none without prefill_urls and decode_urls; other nodes are asked for theirs)",
                "--backend vllm --node_urls http://h          | node_urls: http://h (expected: none with serving_strategy distserve; its nodes are prefill_urls and decode_urls)",
                "--backend vllm --zmq_port x                  | zmq_port: x (expected: 0 to 65535)",
                "--backend sglang --prefill_bootstrap_ports x | prefill_bootstrap_ports: x (expected: a port, 1 to 65535)",
                "--backend vllm --prefill_urls http://p       | decode_urls: none (expected: some, beside prefill_urls http://p)",
                "--backend vllm --decode_urls http://d        | prefill_urls: none (expected: some, beside decode_urls http://d)",
                "--backend sglang                             | prefill_urls: none (expected: prefill_urls and decode_urls with distserve and sglang)",
                "--backend sglang --prefill_urls http://p     | decode_urls: none (expected: some, beside prefill_urls http://p)",
                "--backend sglang --prefill_urls http://p,http://q --decode_urls http://d --prefill_bootstrap_ports 1 | prefill_bootstrap_ports: 1 (expected: 2, one per prefill url)",
                "--backend vllm,sglang                        | backend: vllm,sglang (expected: one, because prefill and decode share a protocol)",
            })
    void parse_badPrefillDecodeValue_isOneLine(String line, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> useAll(parse(PD + line)))
                .withMessage(complaint);
    }

    @Test
    void parse_prefillDecodeWithLmdeploy_isUnderstood() {
        ServerOptions options = parse(
                PD + "--backend lmdeploy --no_with_gdr --link_type ib --migration_protocol nvlink --dummy_prefill");

        assertThat(options.routerOptions())
                .containsEntry("serving_strategy", "distserve")
                .containsEntry("migration_protocol", "nvlink")
                .containsEntry("link_type", "ib")
                .containsEntry("with_gdr", "false")
                .containsEntry("dummy_prefill", "true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--zmq_host 127.0.0.1 --zmq-ping-timeout 2 --zmq_port 0",
                "--prefill_urls http://p --decode_urls http://d --models m",
                "--prefill_urls http://p --decode_urls https://d/x --intra_node_data_parallel_size 1024",
            })
    void router_prefillDecodeWithVllm_isUnderstood(String line) {
        try (Router router =
                parse(PD + "--backend vllm --disable_cache_status " + line).router()) {
            assertThat(router.describe().prefillDecode()).isTrue();
        }
    }

    @Test
    void router_dataParallelSize_hasANodeForEachRankOfEachUrl() {
        ServerOptions options = parse(PD + "--backend vllm --disable_cache_status --intra_node_data_parallel_size 2"
                + " --prefill_urls http://127.0.0.1:1 --decode_urls http://127.0.0.1:2,http://127.0.0.1:3");

        try (Router router = options.router()) {
            assertThat(router.nodes().all())
                    .extracting(node -> node.spec().role() + " " + node.spec().address())
                    .containsExactly(
                            "PREFILL http://127.0.0.1:1@0",
                            "PREFILL http://127.0.0.1:1@1",
                            "DECODE http://127.0.0.1:2@0",
                            "DECODE http://127.0.0.1:2@1",
                            "DECODE http://127.0.0.1:3@0",
                            "DECODE http://127.0.0.1:3@1");
        }
    }

    @Test
    void router_bootstrapPorts_areThoseOfThePrefillUrlsInTheirOrder() {
        ServerOptions options = parse(PD + "--backend sglang --disable_cache_status --prefill_bootstrap_ports 9001,9002"
                + " --prefill_urls http://127.0.0.1:1,http://127.0.0.1:2 --decode_urls http://127.0.0.1:3");

        try (Router router = options.router()) {
            assertThat(router.nodes().all())
                    .extracting(node -> node.spec().bootstrapPort())
                    .containsExactly(OptionalInt.of(9001), OptionalInt.of(9002), OptionalInt.empty());
        }
    }

    @Test
    void router_dataParallelSizesAndAFirstRank_hasTheRanksFromItOn() {
        ServerOptions options = parse(PD + "--backend vllm --disable_cache_status --intra_node_data_parallel_size 4"
                + " --prefill_intra_node_data_parallel_size 1 --decode-intra-node-data-parallel-size 2"
                + " --prefill_urls http://127.0.0.1:1 --decode_urls http://127.0.0.1:2,http://127.0.0.1:3@2");

        try (Router router = options.router()) {
            assertThat(router.nodes().all())
                    .extracting(node -> node.spec().address().toString())
                    .containsExactly(
                            "http://127.0.0.1:1",
                            "http://127.0.0.1:2@0",
                            "http://127.0.0.1:2@1",
                            "http://127.0.0.1:3@2",
                            "http://127.0.0.1:3@3");
        }
    }

    @Test
    void parse_prefillUrlsInHybrid_isRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse("--backend vllm --prefill_urls http://p --decode_urls http://d")
                        .router())
                .withMessage("prefill_urls: http://p (expected: none with serving_strategy hybrid; its nodes are"
                        + " node_urls)");
    }

    @Test
    void parse_badVariable_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServerOptions.parse(Map.of("DLROUTER_AIOHTTP_TIMEOUT", "soon"))
                        .router())
                .withMessage("DLROUTER_AIOHTTP_TIMEOUT: soon (expected: a time above 0, in seconds or such as 500ms,"
                        + " 60s, 30m)");
    }

    @Test
    void parse_withGdr_isNegatable() {
        assertThat(parse("").routerOptions().getOrDefault("with_gdr", "true")).isEqualTo("true");
        assertThat(parse("--with_gdr").routerOptions()).containsEntry("with_gdr", "true");
        assertThat(parse("--no_with_gdr").routerOptions()).containsEntry("with_gdr", "false");
        assertThat(parse("--no-with-gdr").routerOptions()).containsEntry("with_gdr", "false");
    }

    @Test
    void helpText_backendChosen_listsItsOptionsAndNoOthers() {
        assertThat(parse("--help --backend sglang").helpText())
                .contains("--server_port", "--api_keys", "--prefill_urls", "--prefill_bootstrap_ports", "Access:")
                .doesNotContain("--zmq_port", "--link_type");
        assertThat(parse("--help --backend vllm").helpText())
                .contains("--zmq_port", "--prefill_urls")
                .doesNotContain("--link_type", "--prefill_bootstrap_ports");
        assertThat(parse("--help").helpText())
                .contains("--link_type", "--[no_]with_gdr")
                .doesNotContain("--zmq_port", "--prefill_urls");
    }

    @Test
    void helpText_secretsInEnvironment_areNotPrinted() {
        Map<String, String> environment = Map.of("DLROUTER_API_KEYS", "hush", "DLROUTER_BACKEND_API_KEY", "hush");

        assertThat(ServerOptions.parse(environment, "--help").helpText()).doesNotContain("hush");
    }

    private static ServerOptions parse(String line) {
        return ServerOptions.parse(Map.of(), line.isEmpty() ? new String[0] : line.split(" +"));
    }

    private static void useAll(ServerOptions options) {
        options.settings();
        options.router().close();
    }
}
