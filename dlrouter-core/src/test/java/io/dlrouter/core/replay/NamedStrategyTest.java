package io.dlrouter.core.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.spi.RoutingStrategy;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedStrategyTest {
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

    @Test
    void create_seed_isAnOptionUnlessItIsGiven() {
        Map<String, String> given = new HashMap<>();
        RoutingStrategy.Provider provider = new RoutingStrategy.Provider() {
            @Override
            public String name() {
                return "noted";
            }

            @Override
            public RoutingStrategy create(Map<String, String> options) {
                given.putAll(options);
                return nodes -> context -> nodes.get(0);
            }
        };

        new NamedStrategy("noted", provider, Map.of("a", "1")).create(7);
        assertThat(given).isEqualTo(Map.of("a", "1", "routing_seed", "7"));
        new NamedStrategy("noted", provider, Map.of("routing_seed", "8")).create(7);
        assertThat(given).containsEntry("routing_seed", "8");
    }

    @Test
    void create_optionThatTheStrategyDoesNotKnow_isAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NamedStrategy.parse("prefix_cache{prefix_cache_token=5}")
                        .create(1))
                .withMessage("strategies: prefix_cache{prefix_cache_token=5}: prefix_cache has no option"
                        + " prefix_cache_token (expected: prefix_cache_tokens or routing_seed)");
    }
}
