package io.dlrouter.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.core.plugin.PluginFolder;
import io.dlrouter.core.plugin.Providers;
import io.dlrouter.spi.RoutingStrategy;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamedStrategyTest {
    @TempDir
    Path folder;

    @Test
    void parse_nameAlone_hasNoOptions() {
        NamedStrategy strategy = NamedStrategy.parse(" round_robin ");

        assertThat(strategy.text()).isEqualTo("round_robin");
        assertThat(strategy.options()).isEmpty();
        assertThat(NamedStrategy.parse("round_robin{}").options()).isEmpty();
    }

    @Test
    void parse_options_hasThem() {
        assertThat(NamedStrategy.parse("random{a=1, b=c=d}").options()).isEqualTo(Map.of("a", "1", "b", "c=d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "random{", "random{a}", "random{a=1", "random{a=1}}", "{a=1}", "random{a=1},"})
    void parse_anythingElse_isAnError(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamedStrategy.parse(text))
                .withMessageStartingWith("strategies: " + text + " (expected: ");
    }

    /** Makes strategies, and notes what it was told. */
    public static final class Noted implements RoutingStrategy.Provider {
        private static volatile Map<String, String> told = Map.of();

        @Override
        public String name() {
            return "noted";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            told = Map.copyOf(options);
            return nodes -> context -> nodes.get(0);
        }
    }

    @Test
    void create_seed_isAnOptionUnlessItIsGiven() {
        Providers<RoutingStrategy.Provider> plugins = Providers.ofStrategies(
                "strategies", new PluginFolder(folder).listing(RoutingStrategy.Provider.class, Noted.class.getName()));

        NamedStrategy.parse("noted{a=1}").create(plugins, 7);
        assertThat(Noted.told).isEqualTo(Map.of("a", "1", "routing_seed", "7"));
        NamedStrategy.parse("noted{routing_seed=8}").create(plugins, 7);
        assertThat(Noted.told).isEqualTo(Map.of("routing_seed", "8"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "prefix_cache{prefix_cache_token=5} | prefix_cache_token | prefix_cache_tokens or routing_seed",
                "round_robin{fast=1}                | fast               | none"
            })
    void create_optionThatTheStrategyDoesNotKnow_isAnError(String text, String option, String known) {
        NamedStrategy strategy = NamedStrategy.parse(text);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategy.create(Providers.ofStrategies("strategies", null), 1))
                .withMessage("strategies: " + text + ": " + strategy.name() + " has no option " + option
                        + " (expected: " + known + ")");
    }
}
