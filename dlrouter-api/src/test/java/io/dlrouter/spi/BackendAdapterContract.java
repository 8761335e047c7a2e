package io.dlrouter.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.NodeSpec;
import io.dlrouter.spi.BackendAdapter.Health;
import java.util.Map;
import java.util.ServiceLoader;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * What must hold for every {@link BackendAdapter}. The test of an adapter extends this class, with JUnit 5, jqwik and
 * AssertJ on its class path, and names the adapter's provider.
 */
public abstract class BackendAdapterContract {

    /** For the tests of adapters. */
    protected BackendAdapterContract() {}

    /** A new provider of the adapter under test. */
    protected abstract BackendAdapter.Provider provider();

    @Example
    void provider_listedAsService_isFoundByItsName() {
        assertThat(ServiceLoader.load(BackendAdapter.Provider.class))
                .filteredOn(found -> found.name().equals(provider().name()))
                .singleElement()
                .isInstanceOf(provider().getClass());
    }

    @Example
    void provider_optionsOfOthers_makesAnAdapterOfItsName() {
        BackendAdapter adapter = provider().create(Map.of("no_option_of_a_backend", "1"));

        assertThat(adapter.name()).isEqualTo(provider().name());
    }

    @Property
    void health_anyResponse_isReadTheSameEachTime(
            @ForAll @IntRange(min = 100, max = 599) int status, @ForAll String body) {
        assertThat(adapter().health(status, body))
                .isNotNull()
                .isEqualTo(adapter().health(status, body));
    }

    @Example
    void health_emptyOk_isServing() {
        assertThat(adapter().health(200, "")).isEqualTo(Health.SERVING);
    }

    @Example
    void health_engineWithoutThatRoute_isServing() {
        assertThat(adapter().health(404, "{\"detail\":\"Not Found\"}")).isEqualTo(Health.SERVING);
    }

    @Property
    void health_clientError_isNotFailing(@ForAll @IntRange(min = 400, max = 499) int status, @ForAll String body) {
        assertThat(adapter().health(status, body)).isNotEqualTo(Health.FAILING);
    }

    @Property
    void health_serverError_isNotServing(@ForAll @IntRange(min = 500, max = 599) int status, @ForAll String body) {
        assertThat(adapter().health(status, body)).isNotEqualTo(Health.SERVING);
    }

    @Example
    void headers_wholeEngine_nameNoRank() {
        assertThat(adapter().headers(node("http://node:8000"))).doesNotContainKey("X-data-parallel-rank");
    }

    @Property
    void headers_anyNode_areWellFormed(@ForAll @IntRange(max = 1023) int rank) {
        assertThat(adapter().headers(node("http://node:8000@" + rank))).allSatisfy((name, value) -> {
            assertThat(name).matches("[A-Za-z0-9-]+");
            assertThat(value).matches("[\\x20-\\x7e]*");
        });
    }

    private BackendAdapter adapter() {
        return provider().create(Map.of());
    }

    private NodeSpec node(String url) {
        return NodeSpec.of(provider().name(), url);
    }
}
