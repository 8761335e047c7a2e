package io.dlrouter.server.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.server.replay.ReplayOptionsAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documentation: its links lead somewhere, its commands are understood, and its list of options is complete. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*)$");
    private static final Pattern CODE = Pattern.compile("(?s)```(\\w*)\\n(.*?)```");
    private static final Pattern OPTION = Pattern.compile("--[a-z]+(?:_[a-z]+)*");

    static Stream<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> top = Files.list(ROOT)) {
            return Stream.concat(docs, top).filter(file -> file.toString().endsWith(".md")).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void links_ofAPage_leadToAFileAndAHeading(Path page) throws IOException {
        for (String link : links(page)) {
            if (!link.contains("://") && !link.startsWith("mailto:")) {
                assertLeadsSomewhere(page, link);
            }
        }
    }

    private static void assertLeadsSomewhere(Path page, String link) throws IOException {
        int anchor = link.indexOf('#');
        String path = anchor < 0 ? link : link.substring(0, anchor);
        Path target = path.isEmpty() ? page : page.resolveSibling(path).normalize();
        assertThat(target).as("%s in %s", link, page).exists();
        if (anchor >= 0) {
            assertThat(anchors(target)).as("%s in %s", link, page).contains(link.substring(anchor + 1));
        }
    }

    private static List<String> links(Path page) throws IOException {
        return LINK.matcher(withoutCode(page))
                .results()
                .map(link -> link.group(1))
                .toList();
    }

    private static String withoutCode(Path page) throws IOException {
        return CODE.matcher(Files.readString(page)).replaceAll("");
    }

    /** The anchors that GitHub makes of headings. */
    private static Set<String> anchors(Path page) throws IOException {
        return HEADING.matcher(withoutCode(page))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
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
        if (!arguments.isEmpty() && arguments.get(0).equals("replay")) {
            ReplayOptionsAccess.parse(arguments.subList(1, arguments.size()).toArray(String[]::new));
        } else {
            // A plug-in of an example is not there.
            String[] withoutPlugIn = arguments.stream()
                    .filter(argument -> !argument.equals("--plugin_path") && !argument.equals("plugins/"))
                    .toArray(String[]::new);
            ServerOptions.parse(Map.of(), withoutPlugIn);
        }
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
    void reference_options_areThoseOfTheHelp() throws IOException {
        String reference = Files.readString(ROOT.resolve("docs/reference.md"));
        String options = reference.substring(reference.indexOf("### Gateway"), reference.indexOf("## Environment"));
        Set<String> documented = OPTION.matcher(options)
                .results()
                .map(option -> option.group().substring(2))
                .collect(Collectors.toCollection(TreeSet::new));
        documented.remove("no_with_gdr");

        assertThat(documented).isEqualTo(optionsOfTheHelp());
    }

    private static Set<String> optionsOfTheHelp() {
        Set<String> options = new TreeSet<>();
        ServerOptions.parse(Map.of(), "--help", "--backend", "vllm,sglang,lmdeploy")
                .helpText()
                .lines()
                .filter(line -> line.startsWith("      --"))
                .forEach(line -> options.add(line.strip().replaceFirst("^--(\\[no_])?([a-z_]+).*", "$2")));
        return options;
    }

    @Test
    void glossaryAndIndex_ofTheDocs_nameEachPage() throws IOException {
        Set<String> linked = new HashSet<>(links(ROOT.resolve("docs/README.md")));
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            assertThat(docs.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".md") && !name.equals("README.md")))
                    .allMatch(linked::contains);
        }
    }

    @Test
    void readme_length_isAtMost150Lines() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(150);
    }
}
