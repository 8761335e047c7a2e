package io.dlrouter.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.core.strategy.ConsistentHash;
import io.dlrouter.core.strategy.WeightedRandom;
import io.dlrouter.spi.RoutingStrategy;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProvidersTest {
    private static final String HERE = ProvidersTest.class
            .getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .getPath();

    @TempDir
    Path folder;

    /** A kind of provider of which the class path has none. */
    public interface Lonely {}

    /** What a provider returns that does not keep its word. */
    @NullUnmarked
    private static final class Nothing {
        static Object made() {
            return null;
        }
    }

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
                        + " min_observed_latency, prefix_cache, random, round_robin)");
    }

    private static Providers<RoutingStrategy.Provider> strategies() {
        return new Providers<>(
                RoutingStrategy.Provider.class, RoutingStrategy.Provider::name, "routing_strategy", null);
    }

    @Test
    void providers_twoOfOneName_namesBothClasses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Providers<>(Twin.class, Twin::name, "twins", null))
                .withMessageStartingWith("twins: twin is the name of both")
                .withMessageContaining(FirstTwin.class.getName() + " of " + HERE)
                .withMessageContaining(SecondTwin.class.getName() + " of " + HERE);
    }

    @Test
    void providers_oneThatCannotBeMade_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Providers<>(Fragile.class, Object::toString, "fragile", null))
                .withMessage("fragile: a provider is broken: " + Broken.class.getName() + " of " + HERE
                        + ": java.lang.IllegalStateException: broken as can be");
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.example.NotThere", "io.dlrouter.core.ProvidersTest"})
    void providers_listedClassIsMissingOrNoProvider_isNamed(String listed) throws IOException {
        ClassLoader plugins = listing(listed);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Providers<>(Lonely.class, Object::toString, "lonely", plugins))
                .withMessageStartingWith("lonely: a provider is broken: ")
                .withMessageContaining(listed);
    }

    /** A loader that finds, beside what the class path has, this one provider. */
    private ClassLoader listing(String provider) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(Lonely.class.getName()), provider);
        return new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader());
    }

    @Test
    void make_providerFails_isNamedWithWhatItThrew() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategies().make("random", found -> {
                    throw new UnsupportedOperationException("not today");
                }))
                .withMessageStartingWith(
                        "routing_strategy: a provider is broken: " + WeightedRandom.Provider.class.getName() + " of ")
                .withMessageEndingWith(": java.lang.UnsupportedOperationException: not today");
    }

    @Test
    void make_providerMakesNothing_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategies().make("random", found -> Nothing.made()))
                .withMessageStartingWith(
                        "routing_strategy: a provider is broken: " + WeightedRandom.Provider.class.getName() + " of ")
                .withMessageEndingWith(": it returned null");
    }

    @Test
    void make_providerRefusesItsOptions_isAsItSays() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategies().make("random", found -> {
                    throw new IllegalArgumentException("speed: fast (expected: a number)");
                }))
                .withMessage("speed: fast (expected: a number)");
    }
}
