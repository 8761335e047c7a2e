package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The code of the router and of the gateway names no engine: what is particular to one is in its backend. Comments may
 * name engines, as the source of a protocol fact.
 */
class EngineNamesTest {
    private static final Pattern COMMENTS = Pattern.compile("(?s)/\\*.*?\\*/|//[^\n]*");
    private static final Pattern ENGINES = Pattern.compile("vllm|sglang|lmdeploy");

    /** The default of {@code --backend} and the sentence in {@code --help} that lists the backends of the gateway. */
    private static final List<String> ALLOWED = List.of("RoutingOptions.java");

    @ParameterizedTest
    @ValueSource(strings = {"../dlrouter-core/src/main/java", "src/main/java"})
    void code_ofRouterAndGateway_namesNoEngine(String sources) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(sources))) {
            assertThat(files.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> !ALLOWED.contains(file.getFileName().toString())))
                    .isNotEmpty()
                    .noneMatch(EngineNamesTest::namesAnEngine);
        }
    }

    @Test
    void namesAnEngine_codeAndComments_countsCodeOnly() {
        assertThat(namesAnEngine("String name = \"vLLM\";")).isTrue();
        assertThat(namesAnEngine("/** As in vLLM. */ int a; // as in SGLang\nint b;"))
                .isFalse();
    }

    private static boolean namesAnEngine(Path file) {
        try {
            return namesAnEngine(Files.readString(file));
        } catch (IOException e) {
            throw new AssertionError(file + " is not readable", e);
        }
    }

    private static boolean namesAnEngine(String code) {
        return ENGINES.matcher(COMMENTS.matcher(code).replaceAll("").toLowerCase(Locale.ROOT))
                .find();
    }
}
