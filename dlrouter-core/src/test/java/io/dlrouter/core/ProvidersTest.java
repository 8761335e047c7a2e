package io.dlrouter.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.core.strategy.ConsistentHash;
import io.dlrouter.spi.RoutingStrategy;
import org.junit.jupiter.api.Test;

class ProvidersTest {

    /** A kind of provider of which two have the same name. */
    public interface Twin {
        default String name() {
            return "twin";
        }
    }

    /** The one that is listed first. */
    public static final class FirstTwin implements Twin {}

    /** The one that is listed second. */
    public static final class SecondTwin implements Twin {}

    /** A kind of provider of which one cannot be made. */
    public interface Fragile {}

    /** The one that cannot be made. */
    public static final class Broken implements Fragile {
        public Broken() {
            throw new IllegalStateException("broken as can be");
        }
    }

    @Test
    void named_knownName_isItsProvider() {
        assertThat(strategies().named("consistent_hash")).isInstanceOf(ConsistentHash.Provider.class);
    }

    @Test
    void named_unknownName_listsTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategies().named("fastest"))
                .withMessage("routing_strategy: fastest (expected: consistent_hash, min_expected_latency,"
                        + " min_observed_latency, random, round_robin)");
    }

    private static Providers<RoutingStrategy.Provider> strategies() {
        return new Providers<>(RoutingStrategy.Provider.class, RoutingStrategy.Provider::name, "routing_strategy");
    }

    @Test
    void providers_twoOfOneName_namesBothClasses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Providers<>(Twin.class, Twin::name, "twins"))
                .withMessageStartingWith("twins: twin is the name of both")
                .withMessageContaining(FirstTwin.class.getName())
                .withMessageContaining(SecondTwin.class.getName());
    }

    @Test
    void providers_oneThatCannotBeMade_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Providers<>(Fragile.class, Object::toString, "fragile"))
                .withMessageContaining("fragile: ")
                .withMessageContaining(Broken.class.getName())
                .withStackTraceContaining("broken as can be");
    }
}
