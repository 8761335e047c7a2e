package io.dlrouter.core;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.NodeSpec;
import io.dlrouter.NodeState;
import io.dlrouter.Role;
import io.dlrouter.Router;
import io.dlrouter.RouterDescription;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.plugin.DeclaredOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouterConfigTest {
    @RegisterExtension
    final TestFleet fleet = new TestFleet();

    @TempDir
    Path folder;

    @Test
    void from_allThatADescriptionShows_isAsConfigured() {
        Router router =
                fleet.router(from("backend=plain,other routing_strategy=random node_max_in_flight=7 queue_size=9"
                        + " node_urls=http://127.0.0.1:9/,http://127.0.0.1:10@1"));

        assertThat(router.describe().withNodes(Map.of()))
                .isEqualTo(RouterDescription.builder()
                        .backends(List.of("plain", "other"))
                        .strategies(Map.of(Role.HYBRID, "random"))
                        .maxInFlight(OptionalInt.of(7))
                        .queueSize(9)
                        .build());
        assertThat(specs(router))
                .containsExactly(
                        NodeSpec.of("plain", "http://127.0.0.1:9"), NodeSpec.of("plain", "http://127.0.0.1:10@1"));
    }

    @Test
    void from_properties_areThoseOfTheMapWithTheirDefaults() {
        Properties defaults = new Properties();
        defaults.setProperty("backend", "plain");
        Properties options = new Properties(defaults);
        options.setProperty("queue-size", "5");

        assertThat(fleet.router(RouterBuilder.from(options)).describe().queueSize())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"queue_size", "queue-size"})
    void from_dashesOrUnderscores_areTheSame(String name) {
        assertThat(fleet.router(from("backend=plain " + name + "=5")).describe().queueSize())
                .isEqualTo(5);
    }

    @Test
    void from_builderAfterwards_goesOn() {
        RouterBuilder builder = from("queue_size=5").backend("plain").queue(6, Duration.ofSeconds(1));

        assertThat(fleet.router(builder).describe().queueSize()).isEqualTo(6);
    }

    @Test
    void from_limitOfNone_isNone() {
        assertThat(fleet.router(from("backend=plain node_max_in_flight=0"))
                        .describe()
                        .maxInFlight())
                .isEmpty();
    }

    @Test
    void from_splitFleet_hasTheNodesInTheirRolesWithTheirRanksModelsAndPorts() {
        Router router = fleet.router(from("backend=plain serving_strategy=DistServe option.plain_dual= models=m,n"
                + " prefill_routing_strategy=random decode_routing_strategy=round_robin"
                + " prefill_urls=http://127.0.0.1:1,http://127.0.0.1:2 prefill_bootstrap_ports=9001,9002"
                + " decode_urls=http://127.0.0.1:3 intra_node_data_parallel_size=2"));

        NodeSpec prefill = NodeSpec.of("plain", "http://127.0.0.1:1@0")
                .withRole(Role.PREFILL)
                .withModels("m", "n")
                .withBootstrapPort(9001);
        assertThat(specs(router)).hasSize(6).startsWith(prefill);
        assertThat(router.nodes().all())
                .extracting(node -> node.spec().role() + " " + node.spec().address() + " "
                        + node.spec().bootstrapPort().orElse(0))
                .containsExactly(
                        "PREFILL http://127.0.0.1:1@0 9001",
                        "PREFILL http://127.0.0.1:1@1 9001",
                        "PREFILL http://127.0.0.1:2@0 9002",
                        "PREFILL http://127.0.0.1:2@1 9002",
                        "DECODE http://127.0.0.1:3@0 0",
                        "DECODE http://127.0.0.1:3@1 0");
        assertThat(router.describe().strategies())
                .isEqualTo(Map.of(Role.PREFILL, "random", Role.DECODE, "round_robin"));
        assertThat(router.describe().nodes()).containsEntry(NodeState.READY, 6);
    }

    @Test
    void from_configPath_keepsNodesThereUnlessDisabled() {
        Path kept = folder.resolve("kept.json");
        Path notKept = folder.resolve("not-kept.json");

        fleet.router(from("backend=plain config_path=" + kept)).nodes().add(Nodes.spec("a", "m"));
        fleet.router(from("backend=plain disable_cache_status=true config_path=" + notKept))
                .nodes()
                .add(Nodes.spec("a", "m"));

        assertThat(kept).exists();
        assertThat(Files.exists(notKept)).isFalse();
    }

    @Test
    void from_optionOfAPlugin_reachesItUnderItsOwnName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from("backend=plain option.plain_refuses=1").build())
                .withMessage("plain_refuses: set (expected: nothing)");
    }

    @ParameterizedTest
    @CsvSource({
        "plain_host=h, plain_host, h",
        "plain_port=5, plain_port, 5",
        "plain_zones=a;b, plain_zones, a;b",
        "plain_wait=1500ms, plain_wait, 1.500",
        "plain-wait=2m, plain_wait, 120.000",
        "plain_flag=no, plain_flag, false",
        "plain-flag=1, plain_flag, true",
        "prefix_cache_tokens=7, prefix_cache_tokens, 7",
    })
    void from_optionOfABackend_isHandedOnInTheFormThatItReads(String option, String name, String value) {
        PlainBackend.Provider.given().clear();

        fleet.router(from("backend=plain " + option));

        assertThat(PlainBackend.Provider.given()).contains(Map.of(name, value));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "connect_timeout=0            | connect_timeout: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "request_timeout=-5           | request_timeout: -5 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "first-byte-timeout=x         | first_byte_timeout: x (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "stream_idle_timeout=x        | stream_idle_timeout: x (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "health_check_interval=5d     | health_check_interval: 5d (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "health_check_timeout=x       | health_check_timeout: x (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "health_check_max_failures=0  | health_check_max_failures: 0 (expected: a whole number above 0)",
                "queue_size=-1                | queue_size: -1 (expected: a whole number, 0 or more)",
                "queue_timeout=0              | queue_timeout: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "node_max_in_flight=many      | node_max_in_flight: many (expected: a whole number, 0 or more)",
                "disable_cache_status=maybe   | disable_cache_status: maybe (expected: true or false)",
                "plain_flag=maybe             | plain_flag: maybe (expected: true or false)",
                "plain_wait=0                 | plain_wait: 0 (expected: a time above 0, in seconds or such as 500ms, 60s, 30m)",
                "backend_api_key=             | backend_api_key: an empty key (expected: at least one character)",
                "serving_strategy=both        | serving_strategy: both (expected: hybrid or distserve)",
                "node_urls=http://a,b:1       | node_urls: b:1 (expected: http://host:port or https://host:port, with @rank for a data-parallel rank)",
                "prefill_urls=http://p        | prefill_urls: http://p (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "decode_urls=http://d         | decode_urls: http://d (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "models=m                     | models: m (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "prefill_bootstrap_ports=8998 | prefill_bootstrap_ports: 8998 (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "intra_node_data_parallel_size=2 | intra_node_data_parallel_size: 2 (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "prefill_intra_node_data_parallel_size=2 | prefill_intra_node_data_parallel_size: 2 (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "decode_intra_node_data_parallel_size=2 | decode_intra_node_data_parallel_size: 2 (expected: none with serving_strategy hybrid; its nodes are node_urls)",
                "plain_wait=577h              | plain_wait: 577h (expected: at most 576h, which is 24 days)",
                "option.=1                    | option.: without a name (expected: option.<name> for a plug-in's own)",
                "plain_port=x                 | plain_port: x (expected: a port)",
                "option.plain_port=1 plain_port=2 | option.plain_port: given beside plain_port (expected: one of them)",
                "option.plain_port=1 plain-port=2 | option.plain_port: given beside plain_port (expected: one of them)",
                "option.prefix_cache_tokens=1 prefix_cache_tokens=2 | option.prefix_cache_tokens: given beside prefix_cache_tokens (expected: one of them)",
                "queue_size=1 queue-size=1    | queue_size: given twice (expected: once, with dashes or underscores)",
            })
    void from_badValue_namesOptionValueAndExpectation(String options, String complaint) {
        assertThatIllegalArgumentException().isThrownBy(() -> from(options)).withMessage(complaint);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "node_urls=http://h           | node_urls: http://h (expected: none with serving_strategy distserve; its nodes are prefill_urls and decode_urls)",
                "prefill_urls=p:1             | prefill_urls: p:1 (expected: http://host:port or https://host:port, with @rank for a data-parallel rank)",
                "prefill_urls=http://p        | decode_urls: none (expected: some, beside prefill_urls http://p)",
                "decode_urls=http://d         | prefill_urls: none (expected: some, beside decode_urls http://d)",
                "prefill_urls=http://p,http://d/ decode_urls=http://d | prefill_urls: http://d (expected: each url once, as prefill or as decode)",
                "prefill_urls=http://p decode_urls=http://d,http://d | decode_urls: http://d (expected: each url once, as prefill or as decode)",
                "models=m                     | models: m (expected: none without prefill_urls and decode_urls; other nodes are asked for theirs)",
                "models=m,,n prefill_urls=http://p decode_urls=http://d | models: m,,n (expected: a name between any two commas)",
                "models=m, prefill_urls=http://p decode_urls=http://d | models: m, (expected: a name between any two commas)",
                "prefill_bootstrap_ports=x    | prefill_bootstrap_ports: x (expected: a port, 1 to 65535)",
                "prefill_bootstrap_ports=1    | prefill_bootstrap_ports: 1 (expected: 0, one per prefill url)",
                "prefill_bootstrap_ports=1 prefill_urls=http://p,http://q decode_urls=http://d | prefill_bootstrap_ports: 1 (expected: 2, one per prefill url)",
                "intra_node_data_parallel_size=1025 | intra_node_data_parallel_size: 1025 (expected: a whole number, 1 to 1024)",
                "prefill_intra_node_data_parallel_size=0 | prefill_intra_node_data_parallel_size: 0 (expected: a whole number, 1 to 1024)",
                "decode_intra_node_data_parallel_size=x | decode_intra_node_data_parallel_size: x (expected: a whole number, 1 to 1024)",
                "intra_node_data_parallel_size=2 prefill_urls=http://p:1@3,http://p:1@4 decode_urls=http://d | prefill_urls: http://p:1@4 (expected: each rank once, as prefill or as decode)",
                "decode_intra_node_data_parallel_size=4 prefill_urls=http://p:1@3 decode_urls=http://p:1 | prefill_urls: http://p:1@3 (expected: each rank once, as prefill or as decode)",
            })
    void from_badSplitFleet_namesOptionValueAndExpectation(String options, String complaint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from("backend=plain serving_strategy=distserve " + options))
                .withMessage(complaint);
    }

    @Test
    void from_sizesAndFirstRanksOfRoles_areThoseOfTheirNodes() {
        Router router = fleet.router(from("backend=plain serving_strategy=distserve option.plain_dual="
                + " prefill_urls=http://127.0.0.1:1,http://127.0.0.1:2@1"
                + " decode_urls=http://127.0.0.1:3,http://127.0.0.1:4@2"
                + " intra_node_data_parallel_size=1 decode_intra_node_data_parallel_size=2"));

        assertThat(router.nodes().all())
                .extracting(node -> node.spec().role() + " " + node.spec().address())
                .containsExactly(
                        "PREFILL http://127.0.0.1:1",
                        "PREFILL http://127.0.0.1:2@1",
                        "DECODE http://127.0.0.1:3@0",
                        "DECODE http://127.0.0.1:3@1",
                        "DECODE http://127.0.0.1:4@2",
                        "DECODE http://127.0.0.1:4@3");
    }

    @Test
    void from_splitFleetOfABackendThatRequiresNodesWithoutNodes_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from("backend=other serving_strategy=distserve"))
                .withMessage("prefill_urls: none (expected: prefill_urls and decode_urls with distserve and other)");
    }

    @Test
    void from_bootstrapPortsOfABackendThatDeclaresNone_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from("serving_strategy=distserve prefill_urls=http://p decode_urls=http://d"
                        + " prefill_bootstrap_ports=1 backend=other"))
                .withMessage("prefill_bootstrap_ports: 1 (expected: none with other)");
    }

    @Test
    void from_optionsOfSplitFleetsThatSayNothing_areTakenByHybridOnes() {
        Router router = fleet.router(from("backend=plain models= prefill_urls= decode_urls= prefill_bootstrap_ports="
                + " intra_node_data_parallel_size=1"));

        assertThat(router.nodes().all()).isEmpty();
    }

    @Test
    void from_nullValue_isRefusedByName() {
        Map<String, String> options = new HashMap<>();
        options.put("queue_size", null);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> RouterBuilder.from(options))
                .withMessage("queue_size: null (expected: a value)");
    }

    @Test
    void from_configPathThatIsNone_isRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from("config_path=a\0b"))
                .withMessage("config_path: a\0b (expected: a path; Nul character not allowed)");
    }

    @Test
    void from_optionOfAPluginNamedAsOneOfTheRoutersOwn_isLeftToThePlugin() {
        PlainBackend.Provider.given().clear();

        fleet.router(from("backend=plain option.backend=x"));

        assertThat(PlainBackend.Provider.given()).contains(Map.of("backend", "x"));
    }

    @Test
    void from_splitFleetOfNoBackend_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from("serving_strategy=distserve prefill_urls=http://p decode_urls=http://d"))
                .withMessage("backend: none (expected: that of the prefill_urls and decode_urls)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"queue_sise", "server_port", "api_keys"})
    void from_unknownName_listsTheKnownOnesAndNotItsValue(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(name + "=hush"))
                .withMessageStartingWith(
                        name + ": unknown to a router, as options of the gateway alone are (expected: ")
                .withMessageContaining("backend, backend_api_key, config_path, ")
                .withMessageEndingWith(", or option.<name> for a plug-in's own)")
                .withMessageNotContaining("hush");
    }

    @Test
    void optionNames_allOfThem_areKnown() {
        assertThat(RouterBuilder.optionNames())
                .contains("backend", "queue_size", "plain_port", "prefill_urls", "config_path");
        DeclaredOptions declared = DeclaredOptions.of(getClass().getClassLoader());
        RouterBuilder.optionNames().forEach(name -> new RouterConfig(Map.of(name, ""), declared));
    }

    private static List<NodeSpec> specs(Router router) {
        return router.nodes().all().stream().map(node -> node.spec()).toList();
    }

    /** @param options {@code name=value}, with blanks between them */
    private static RouterBuilder from(String options) {
        return RouterBuilder.from(Stream.of(options.split(" +"))
                .map(option -> option.split("=", 2))
                .collect(toMap(option -> option[0], option -> option[1])));
    }
}
