package io.dlrouter.server.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.server.replay.ReplayOptionsAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands of the documentation are understood, and its index names each page. */
class DocumentationCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("(?s)```(\\w*)\\n(.*?)```");

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> top = Files.list(ROOT)) {
            return Stream.concat(docs, top).filter(file -> file.toString().endsWith(".md")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void commands_ofAPage_areUnderstood(Path page) throws IOException {
        for (String command : commands(page)) {
            List<String> words = words(command);
            switch (words.get(0)) {
                case "dlrouter" -> assertUnderstood(words.subList(1, words.size()));
                case "mvn", "./mvnw" -> assertKnownToMaven(words);
                default -> assertScriptExists(words.get(0), page);
            }
        }
    }

    private static void assertUnderstood(List<String> arguments) {
        List<String> checked = withoutPlugIns(arguments);
        if (!checked.isEmpty() && checked.get(0).equals("replay")) {
            ReplayOptionsAccess.parse(checked.subList(1, checked.size()).toArray(String[]::new));
        } else {
            ServerOptions.parse(Map.of(), checked.toArray(String[]::new));
        }
    }

    /** The plug-ins of the examples do not exist here. */
    private static List<String> withoutPlugIns(List<String> arguments) {
        List<String> rest = new ArrayList<>(arguments);
        for (int option = rest.indexOf("--plugin_path"); option >= 0; option = rest.indexOf("--plugin_path")) {
            rest.subList(option, option + 2).clear();
        }
        return rest;
    }

    private static void assertKnownToMaven(List<String> words) throws IOException {
        String pom = Files.readString(ROOT.resolve("pom.xml"));
        words.stream()
                .filter(word -> word.startsWith("-P"))
                .forEach(profile -> assertThat(pom).contains("<id>" + profile.substring(2) + "</id>"));
        for (int i = 0; i < words.size() - 1; i++) {
            if (words.get(i).equals("-pl")) {
                Arrays.stream(words.get(i + 1).split(","))
                        .forEach(module -> assertThat(ROOT.resolve(module)).exists());
            }
        }
    }

    private static void assertScriptExists(String script, Path page) {
        if (script.startsWith("examples/") || script.startsWith(".ci/")) {
            assertThat(ROOT.resolve(script)).as("%s in %s", script, page).isExecutable();
        }
    }

    /** Lines of shell code, continued lines joined, without comments and what runs in the background. */
    private static List<String> commands(Path page) throws IOException {
        List<String> commands = new ArrayList<>();
        for (Matcher code = CODE.matcher(Files.readString(page)); code.find(); ) {
            if (code.group(1).isEmpty() || code.group(1).equals("sh")) {
                Arrays.stream(code.group(2).replace("\\\n", " ").split("\n"))
                        .map(line -> line.replaceAll("\\s+#.*$", "")
                                .replaceAll("\\s*&+\\s*$", "")
                                .strip())
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .forEach(commands::add);
            }
        }
        return commands;
    }

    private static List<String> words(String command) {
        return Arrays.stream(command.split("\\s+"))
                .map(word -> word.replaceAll("^[\"']|[\"']$", ""))
                .toList();
    }

    @Test
    void index_ofTheDocs_namesEachPage() throws IOException {
        Set<String> linked = LINK.matcher(Files.readString(ROOT.resolve("docs/README.md")))
                .results()
                .map(link -> link.group(1))
                .collect(Collectors.toSet());
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            assertThat(docs.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".md") && !name.equals("README.md")))
                    .allMatch(linked::contains);
        }
    }
}
