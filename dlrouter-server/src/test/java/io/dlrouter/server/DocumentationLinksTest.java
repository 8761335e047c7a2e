package io.dlrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each link in the Markdown files of the repository leads to a file that exists, and to a heading of it where it names
 * one. External links are checked for their syntax only.
 */
class DocumentationLinksTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern FENCED_CODE = Pattern.compile("(?ms)^ *(```|~~~).*?^ *\\1[^\n]*$");
    private static final Pattern CODE = Pattern.compile("`[^`\n]*`");
    private static final Pattern LINK = Pattern.compile("\\]\\(\\s*<?([^)>\\s]*)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.*?) *#*$");
    private static final Pattern LABEL = Pattern.compile("\\[([^\\]]*)\\]\\([^)]*\\)");
    private static final Pattern DROPPED_FROM_ANCHORS = Pattern.compile("[^\\w\\- ]", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*:.*");

    @TempDir
    Path folder;

    @Test
    void links_ofAllPages_leadSomewhere() throws IOException {
        List<Path> pages = pages();

        assertThat(pages).contains(ROOT.resolve("README.md"), ROOT.resolve("docs/reference.md"));
        assertThat(pages.stream().flatMap(page -> brokenLinks(page).map(link -> ROOT.relativize(page) + ": " + link)))
                .isEmpty();
    }

    @Test
    void readme_isShort() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(150);
    }

    @Test
    void brokenLinks_missingFileHeadingOrHost_listsEach() throws IOException {
        Files.writeString(folder.resolve("other.md"), "# Two `words`\n## Same\n## Same\n```\n# Comment\n```\n");
        Path page = Files.writeString(folder.resolve("page.md"), """
                # Héading [one](other.md): it's
                [a](other.md#two-words) [b](other.md#same-1) [c](#héading-one-its) [d](https://example.org/a#b)
                `[code](missing.md)` [e](missing.md) [f](other.md#same-2) [g](#absent) [h](https:///nohost)
                [i](other.md#comment) [j]()
                ```
                [fenced](missing.md)
                ```
                """);

        assertThat(brokenLinks(page))
                .containsExactly("missing.md", "other.md#same-2", "#absent", "https:///nohost", "other.md#comment", "");
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> isSource(ROOT.relativize(file)))
                    .sorted()
                    .toList();
        }
    }

    /** Whether a file is not in a folder of build output, or in a hidden one. */
    private static boolean isSource(Path file) {
        for (Path name : file) {
            if (name.toString().equals("target") || name.toString().startsWith(".")) {
                return false;
            }
        }
        return true;
    }

    private static Stream<String> brokenLinks(Path page) {
        return LINK.matcher(CODE.matcher(prose(page)).replaceAll(""))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !leadsSomewhere(page, link));
    }

    private static boolean leadsSomewhere(Path page, String link) {
        if (SCHEME.matcher(link).matches()) {
            return isExternalLink(link);
        }
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        return !link.isEmpty()
                && Files.exists(target)
                && (hash < 0 || anchors(target).contains(link.substring(hash + 1)));
    }

    private static boolean isExternalLink(String link) {
        try {
            URI uri = URI.create(link);
            return "mailto".equals(uri.getScheme()) || uri.getHost() != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The anchors that the repository host gives to the headings of a page. */
    private static List<String> anchors(Path page) {
        Map<String, Integer> seen = new HashMap<>();
        return HEADING.matcher(prose(page))
                .results()
                .map(DocumentationLinksTest::anchor)
                .map(anchor -> numbered(anchor, seen.merge(anchor, 1, Integer::sum)))
                .toList();
    }

    private static String anchor(MatchResult heading) {
        String text = LABEL.matcher(heading.group(1)).replaceAll("$1").toLowerCase(Locale.ROOT);
        return DROPPED_FROM_ANCHORS.matcher(text).replaceAll("").replace(' ', '-');
    }

    private static String numbered(String anchor, int occurrence) {
        return occurrence == 1 ? anchor : anchor + "-" + (occurrence - 1);
    }

    private static String prose(Path page) {
        try {
            return FENCED_CODE.matcher(Files.readString(page)).replaceAll("");
        } catch (IOException e) {
            throw new AssertionError(page + " is not readable", e);
        }
    }
}
