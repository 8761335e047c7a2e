package io.dlrouter.core.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.core.strategy.ConsistentHash;
import io.dlrouter.core.strategy.WeightedRandom;
import io.dlrouter.spi.RoutingStrategy;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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

    /** A provider that nobody else can make. */
    public static final class Secretive implements Lonely {
        private Secretive() {}
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
        return providers(RoutingStrategy.Provider.class, RoutingStrategy.Provider::name, "routing_strategy", null);
    }

    private static <P> Providers<P> providers(
            Class<P> kind, Function<P, String> nameOf, String option, @Nullable ClassLoader loader) {
        return new Providers<>(kind, nameOf, option, "its-jar brings some", loader);
    }

    @Test
    void named_noneFound_saysWhatBringsThem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers(Lonely.class, Object::toString, "lonely", null)
                        .named("me"))
                .withMessage("lonely: me (expected: one of those on the class path, but there is none;"
                        + " its-jar brings some)");
    }

    @Test
    void providers_twoOfOneName_namesBothClasses() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers(Twin.class, Twin::name, "twins", null))
                .withMessageStartingWith("twins: twin is the name of both")
                .withMessageContaining(FirstTwin.class.getName() + " of " + HERE)
                .withMessageContaining(SecondTwin.class.getName() + " of " + HERE);
    }

    @Test
    void providers_oneThatCannotBeMade_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers(Fragile.class, Object::toString, "fragile", null))
                .withMessage("fragile: a provider is broken: " + Broken.class.getName() + " of " + HERE
                        + ": java.lang.IllegalStateException: broken as can be");
    }

    @Test
    void providers_nameIsRefused_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers(
                        Twin.class,
                        twin -> {
                            throw new IllegalArgumentException("nameless");
                        },
                        "twins",
                        null))
                .withMessageContaining(FirstTwin.class.getName() + " of " + HERE)
                .withMessageEndingWith("nameless");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.example.NotThere",
                "no class at all",
                "io.dlrouter.core.plugin.ProvidersTest",
                "io.dlrouter.core.plugin.ProvidersTest$Secretive"
            })
    void providers_listedClassIsMissingOrNoProvider_isNamedWithTheFileThatListsIt(String listed) {
        ClassLoader plugins = new PluginFolder(folder).listing(Lonely.class, listed);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers(Lonely.class, Object::toString, "lonely", plugins))
                .withMessageStartingWith("lonely: a provider is broken: " + listed + " in file:" + folder)
                .withMessageContaining("META-INF/services/" + Lonely.class.getName());
    }

    @Test
    void providers_classesBeneathAreMissing_isNamedWithTheFileThatListsIt() {
        ClassLoader listing = new PluginFolder(folder).listing(Lonely.class, "io.example.Orphan");
        ClassLoader plugins = new ClassLoader(listing) {
            @Override
            protected Class<?> findClass(String name) {
                throw new NoClassDefFoundError("io/example/Parent");
            }
        };

        assertThatIllegalArgumentException()
                .isThrownBy(() -> providers(Lonely.class, Object::toString, "lonely", plugins))
                .withMessageStartingWith("lonely: a provider is broken: io.example.Orphan in file:" + folder)
                .withMessageContaining("NoClassDefFoundError: io/example/Parent");
    }

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void make_providerFails_isNamedWithWhatItThrew(Throwable fault) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategies().make("random", found -> {
                    throw Faults.raised(fault);
                }))
                .withMessageStartingWith(
                        "routing_strategy: a provider is broken: " + WeightedRandom.Provider.class.getName() + " of ")
                .withMessageEndingWith(": " + fault);
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

    @Test
    void make_providerRefusesItsOptionsWithoutSayingWhich_isNamedWithWhatItSays() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strategies().make("random", found -> Integer.parseInt("fast")))
                .withMessageStartingWith("routing_strategy: " + WeightedRandom.Provider.class.getName() + " of /")
                .withMessageEndingWith(
                        " refuses its options: java.lang.NumberFormatException: For input string: \"fast\"");
    }
}
