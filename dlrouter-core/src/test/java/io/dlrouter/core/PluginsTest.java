package io.dlrouter.core;

import static io.dlrouter.core.fleet.Nodes.fleet;
import static io.dlrouter.core.fleet.Nodes.node;
import static io.dlrouter.core.fleet.Nodes.requestFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.spi.ILoggingEvent;
import io.dlrouter.Router;
import io.dlrouter.core.fleet.LiveNode;
import io.dlrouter.core.fleet.NodeTable;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.core.fleet.StrategyFactory;
import io.dlrouter.core.plugin.Faults;
import io.dlrouter.core.plugin.PluginFolder;
import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import io.dlrouter.spi.RoutingStrategy;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PluginsTest {
    @TempDir
    Path folder;

    /** Makes a backend whose name is another one than its own. */
    public static final class Misnamed implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "misnamed";
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return new PlainBackend();
        }
    }

    /** Makes strategies until it fails. */
    public static final class Fickle implements RoutingStrategy.Provider {
        private static final AtomicInteger MADE = new AtomicInteger();
        private static volatile Runnable trouble = () -> {};

        @Override
        public String name() {
            return "fickle";
        }

        @Override
        public RoutingStrategy create(Map<String, String> options) {
            trouble.run();
            MADE.incrementAndGet();
            return nodes -> context -> nodes.get(0);
        }
    }

    /** Makes a backend that fails to name what it reserves, and declares no options without failing. */
    public static final class Unready implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "unready";
        }

        @Override
        public List<BackendOption> options() {
            throw new IllegalStateException("no options yet");
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            return (BackendAdapter) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {BackendAdapter.class}, (proxy, method, arguments) -> {
                        throw new IllegalStateException("no " + method.getName() + " yet");
                    });
        }
    }

    @BeforeEach
    void fickleIsNew() {
        Fickle.trouble = () -> {};
        Fickle.MADE.set(0);
    }

    @Test
    void build_backendHasAnotherNameThanItsProvider_isRefused() {
        ClassLoader plugins = new PluginFolder(folder).listing(BackendAdapter.Provider.class, Misnamed.class.getName());

        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new RouterBuilder().backend("misnamed").plugins(plugins).build())
                .withMessageStartingWith("backend: a provider is broken: " + Misnamed.class.getName() + " of /")
                .withMessageEndingWith("it created a backend named plain (expected: misnamed)");
    }

    @Test
    void build_installedBackendThatIsNotConfiguredFails_isLeftOut() {
        ClassLoader plugins = new PluginFolder(folder).listing(BackendAdapter.Provider.class, Unready.class.getName());

        try (Router router =
                RouterBuilder.from(Map.of("backend", "plain"), plugins).build()) {
            assertThat(router.describe().backends()).containsExactly("plain");
        }
    }

    @Test
    void build_noBackendOnTheClassPath_saysWhatBringsOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RouterBuilder()
                        .backend("vllm")
                        .plugins(ClassLoader.getPlatformClassLoader())
                        .build())
                .withMessage("backend: vllm (expected: one of those on the class path, but there is none;"
                        + " each artifact dlrouter-backend-... brings one)");
    }

    @Test
    void strategies_ofOneName_areMadeOnceToShowThatTheyCanBe() {
        StrategyFactory unused = fickle();

        assertThat(Fickle.MADE).hasValue(1);
    }

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void strategies_providerFailsAtOnce_areRefused(Throwable fault) {
        Fickle.trouble = () -> {
            throw Faults.raised(fault);
        };

        assertThatIllegalArgumentException()
                .isThrownBy(this::fickle)
                .withMessageStartingWith("routing_strategy: a provider is broken: " + Fickle.class.getName() + " of /")
                .withMessageEndingWith(fault.toString());
    }

    @ParameterizedTest
    @MethodSource("io.dlrouter.core.plugin.Faults#all")
    void create_providerFailsByNow_poolGoesByRequestsInFlightAndOneWarningNamesIt(Throwable fault) {
        NodeTable table = Nodes.table(fickle());
        Fickle.trouble = () -> {
            throw Faults.raised(fault);
        };

        List<ILoggingEvent> logged = Logged.by(
                StrategyFactory.class,
                () -> table.change(all -> List.of(node("a", "m"), node("b", "m"))
                        .forEach(node -> all.put(node.spec().address(), node))));
        for (int i = 0; i < 4; i++) {
            fleet(table).lease(requestFor("m"), Set.of(), 1);
        }

        assertThat(logged).singleElement().asString().contains("WARN", "fickle", Fickle.class.getName());
        assertThat(table.nodes()).extracting(LiveNode::inFlight).containsExactly(2, 2);
    }

    private StrategyFactory fickle() {
        ClassLoader plugins = new PluginFolder(folder).listing(RoutingStrategy.Provider.class, Fickle.class.getName());
        return new Plugins(plugins, Map.of()).strategies(role -> "fickle");
    }
}
