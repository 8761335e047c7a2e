package io.dlrouter.server.options;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.spi.BackendAdapter;
import io.dlrouter.spi.BackendOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendOptionGroupTest {
    @TempDir
    Path folder;

    /** A backend of somebody else, with two options. */
    public static final class House implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "house";
        }

        @Override
        public List<BackendOption> options() {
            return List.of(
                    BackendOption.of("house_seats", "<n>", "How many requests it seats, 100% at most")
                            .withDefault("4")
                            .readBy(House::whole),
                    BackendOption.of("house_zone", "<name>", "Where it stands"));
        }

        private static String whole(String value) {
            if (!value.matches("\\d+")) {
                throw new IllegalArgumentException("a whole number");
            }
            return value + ".0";
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            throw new IllegalStateException("not made here");
        }
    }

    /** A backend whose option is the gateway's. */
    public static final class Squatter implements BackendAdapter.Provider {
        @Override
        public String name() {
            return "squatter";
        }

        @Override
        public List<BackendOption> options() {
            return List.of(BackendOption.of("server_port", "<port>", ""));
        }

        @Override
        public BackendAdapter create(Map<String, String> options) {
            throw new IllegalStateException("not made here");
        }
    }

    @Test
    void help_configuredBackendOfAPlugin_listsItsOptionsWithTheirDefaults() throws IOException {
        assertThat(parse(House.class, "--help", "--backend", "house").helpText())
                .contains("Backend house:")
                .contains("--house_seats=<n>")
                .contains("How many requests it seats, 100% at most (default: 4)")
                .contains("--house_zone=<name>");
        assertThat(parse(House.class, "--help").helpText()).doesNotContain("house");
    }

    @Test
    void routerOptions_declaredOption_isPassedOnByItsName() throws IOException {
        assertThat(parse(House.class, "--backend=house", "--house-seats", "7").routerOptions())
                .containsEntry("house_seats", "7")
                .doesNotContainKey("house_zone");
    }

    @Test
    void routerOptions_declaredOptionInTheEnvironment_isTaken() throws IOException {
        Map<String, String> environment = Map.of(
                "DLROUTER_PLUGIN_PATH", jar(House.class).toString(),
                "DLROUTER_BACKEND", "house",
                "DLROUTER_HOUSE_ZONE", "east");

        assertThat(ServerOptions.parse(environment).routerOptions()).containsEntry("house_zone", "east");
    }

    @Test
    void parse_badValueOfADeclaredOption_namesOptionValueAndExpectation() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(House.class, "--backend=house", "--house_seats=many")
                        .router())
                .withMessage("house_seats: many (expected: a whole number)");
    }

    @Test
    void parse_declaredOptionOfAnotherBackend_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(House.class, "--backend=vllm", "--house_seats=3"))
                .withMessage("house_seats: given with backend vllm (expected: only with house)");
    }

    @Test
    void parse_declaredOptionThatThereIsAlready_isRefusedWithItsBackend() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(Squatter.class))
                .withMessage("backend: squatter declares server_port, which is an option already"
                        + " (expected: another name)");
    }

    private ServerOptions parse(Class<? extends BackendAdapter.Provider> plugin, String... arguments)
            throws IOException {
        return ServerOptions.parse(Map.of("DLROUTER_PLUGIN_PATH", jar(plugin).toString()), arguments);
    }

    /** A jar that lists the provider; its class is on the class path. */
    private Path jar(Class<? extends BackendAdapter.Provider> provider) throws IOException {
        Path jar = folder.resolve("plugin.jar");
        try (JarOutputStream services = new JarOutputStream(Files.newOutputStream(jar))) {
            services.putNextEntry(new ZipEntry("META-INF/services/" + BackendAdapter.Provider.class.getName()));
            services.write(provider.getName().getBytes(UTF_8));
        }
        return jar;
    }
}
