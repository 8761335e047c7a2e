package io.dlrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendAdapter.Health;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.PdProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests that every {@link BackendAdapter} must pass. The test of an adapter extends this class and provides the adapter's
 * provider:
 *
 * <pre>{@code
 * class HouseBackendTest extends BackendAdapterContract {
 *     @Override
 *     protected BackendAdapter.Provider provider() {
 *         return new HouseBackend.Provider();
 *     }
 * }
 * }</pre>
 *
 * <p>Checks that the provider is found as a service by its name, ignores the options of other plug-ins and makes an
 * adapter of the same name; that the adapter reads the same health response the same way each time, an empty 200 and a
 * 404 as {@link Health#SERVING}, no 4xx as {@link Health#FAILING} and no 5xx as {@link Health#SERVING}; that the headers
 * for a node are well formed and reserved; that the reserved names are always the same, and none that clients set; that
 * paths begin with a slash; and that the adapter always has a Prefill/Decode protocol or never. What a protocol and links
 * must do is in {@link TwoStageContract}, {@link DualDispatchContract} and {@link NodeLinksContract}.
 */
@Timeout(60)
public abstract class BackendAdapterContract {
    private static final int RANKS = 1024;

    /** For subclasses. */
    protected BackendAdapterContract() {}

    /** A new provider of the adapter under test. */
    protected abstract BackendAdapter.Provider provider();

    @Test
    void provider_listedAsService_isFoundByItsName() {
        assertThat(ServiceLoader.load(BackendAdapter.Provider.class))
                .filteredOn(found -> found.name().equals(provider().name()))
                .singleElement()
                .isInstanceOf(provider().getClass());
    }

    @Test
    void provider_optionsOfOthers_makesAnAdapterOfItsName() {
        BackendAdapter adapter = provider().create(Map.of("no_option_of_a_backend", "1"));

        assertThat(adapter.name()).isEqualTo(provider().name());
    }

    @Test
    void options_ofTheProvider_haveUniqueNamesAndDefaultsThatItTakes() {
        assertThat(provider().options()).extracting(BackendOption::name).doesNotHaveDuplicates();
        assertThat(provider().options()).extracting(BackendOption::description).noneMatch(String::isBlank);
        for (BackendOption option : provider().options()) {
            option.defaultValue()
                    .ifPresent(value -> assertThat(provider().create(Map.of(option.name(), option.read(value))))
                            .isNotNull());
        }
    }

    @Test
    void health_anyResponse_isReadTheSameEachTime() {
        assertThat(responses(100, 599))
                .allSatisfy(response ->
                        assertThat(health(adapter(), response)).isNotNull().isEqualTo(health(adapter(), response)));
    }

    @Test
    void health_emptyOk_isServing() {
        assertThat(adapter().health(200, "")).isEqualTo(Health.SERVING);
    }

    @Test
    void health_engineWithoutThatRoute_isServing() {
        assertThat(adapter().health(404, "{\"detail\":\"Not Found\"}")).isEqualTo(Health.SERVING);
    }

    @Test
    void health_clientError_isNotFailing() {
        assertThat(responses(400, 499))
                .allSatisfy(response -> assertThat(health(adapter(), response)).isNotEqualTo(Health.FAILING));
    }

    @Test
    void health_serverError_isNotServing() {
        assertThat(responses(500, 599))
                .allSatisfy(response -> assertThat(health(adapter(), response)).isNotEqualTo(Health.SERVING));
    }

    @Test
    void headers_wholeEngine_nameNoRank() {
        assertThat(adapter().headers(node("http://node:8000"))).doesNotContainKey("X-data-parallel-rank");
    }

    @Test
    void headers_anyNode_areWellFormed() {
        assertThat(IntStream.range(0, RANKS))
                .allSatisfy(rank -> HttpRules.assertHeaders(adapter().headers(node("http://node:8000@" + rank))));
    }

    @Test
    void headers_anyNode_areReserved() {
        Set<String> reserved = lowerCase(adapter().reservedHeaders());

        assertThat(reserved)
                .containsAll(
                        lowerCase(adapter().headers(node("http://node:8000")).keySet()))
                .containsAll(
                        lowerCase(adapter().headers(node("http://node:8000@1")).keySet()));
    }

    @Test
    void reservedHeaders_always_areTheSameAndLeaveWhatClientsSet() {
        assertThat(adapter().reservedHeaders())
                .isEqualTo(adapter().reservedHeaders())
                .allSatisfy(name -> assertThat(name).matches("[A-Za-z0-9-]+"));
        assertThat(lowerCase(adapter().reservedHeaders()))
                .doesNotContain("authorization", "content-type", "content-length", "host");
    }

    @Test
    void reservedMembers_always_areTheSameAndLeaveWhatClientsSet() {
        assertThat(adapter().reservedMembers())
                .isEqualTo(adapter().reservedMembers())
                .doesNotContain("", "model", "messages", "prompt", "stream", "n", "max_tokens");
    }

    private static Set<String> lowerCase(Set<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    }

    @Test
    void paths_askedByTheRouter_beginWithASlash() {
        List<String> paths = new ArrayList<>(adapter().descriptionPaths());
        adapter().cachePath().ifPresent(paths::add);

        assertThat(paths).allSatisfy(HttpRules::assertPath);
    }

    @Test
    void prefillDecode_askedTwice_isTheSameKindOfProtocol() {
        assertThat(protocolKind(adapter())).isEqualTo(protocolKind(adapter()));
    }

    private BackendAdapter adapter() {
        return provider().create(Map.of());
    }

    private NodeSpec node(String url) {
        return NodeSpec.of(provider().name(), url);
    }

    private static Optional<Class<?>> protocolKind(BackendAdapter adapter) {
        return adapter.prefillDecode().map(PdProtocol::getClass);
    }

    private static Health health(BackendAdapter adapter, Response response) {
        return adapter.health(response.status, response.body);
    }

    /** Responses with each status of a range, with bodies of engines and others. */
    private static List<Response> responses(int from, int to) {
        Random random = new Random(from);
        List<Response> responses = new ArrayList<>();
        for (int status = from; status <= to; status++) {
            for (String body : List.of("", "OK", "{}", "[]", "null", "{\"status\":\"", "\u0000")) {
                responses.add(new Response(status, body));
            }
            for (int i = 0; i < 10; i++) {
                responses.add(new Response(status, text(random)));
            }
        }
        return responses;
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(40), 0, 0x2000)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** An engine's response to {@code GET /health}. */
    private record Response(int status, String body) {}
}
