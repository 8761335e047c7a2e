package io.dlrouter.server.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of options in docs/reference.md list the options of {@code --help}, and no others. */
class ReferenceOptionsTest {
    private static final Pattern OPTIONS_SECTION = Pattern.compile("(?s)\n## Options\n(.*?)\n## ");
    private static final Pattern FIRST_COLUMN = Pattern.compile("(?m)^\\| (`--[^|]*)\\|");
    private static final Pattern NAME = Pattern.compile("--(?:\\[no_\\])?\\w+");
    private static final Pattern HELP_LINE = Pattern.compile("(?m)^ +(--[^ ]*)");

    @Test
    void options_ofTheReference_areThoseOfHelp() throws IOException {
        Set<String> help = helpOptions();

        assertThat(help).contains("--backend", "--zmq_port", "--with_gdr", "--no_with_gdr", "--help");
        assertThat(referenceOptions()).containsExactlyElementsOf(help);
    }

    private static Set<String> helpOptions() {
        String help = ServerOptions.parse(Map.of(), "--backend", "vllm,sglang,lmdeploy", "--help")
                .helpText();
        return names(HELP_LINE.matcher(help).results().map(line -> line.group(1)));
    }

    private static Set<String> referenceOptions() throws IOException {
        String reference = Files.readString(Path.of("../docs/reference.md"));
        return names(OPTIONS_SECTION
                .matcher(reference)
                .results()
                .flatMap(section -> FIRST_COLUMN.matcher(section.group(1)).results())
                .map(cell -> cell.group(1)));
    }

    /** The names in the texts, sorted; {@code --[no_]name} is two. */
    private static Set<String> names(Stream<String> texts) {
        return texts.flatMap(text -> NAME.matcher(text).results())
                .map(name -> name.group())
                .flatMap(name -> name.contains("[no_]")
                        ? Stream.of(name.replace("[no_]", ""), name.replace("[no_]", "no_"))
                        : Stream.of(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
