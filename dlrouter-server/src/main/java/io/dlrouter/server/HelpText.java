package io.dlrouter.server;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What {@code --help} prints: the options in their groups, without those that are of no use to the backends chosen. */
final class HelpText {
    private final CommandLine commandLine;
    private final Collection<String> backends;

    HelpText(CommandLine commandLine, Collection<String> backends) {
        this.commandLine = commandLine;
        this.backends = backends;
    }

    String render() {
        StringBuilder text = new StringBuilder("""
                Usage: dlrouter [options]
                       dlrouter replay [options]   compares routing strategies; see dlrouter replay --help

                Routes OpenAI-compatible requests over LLM serving nodes. Every option may also be written with dashes
                (--server-port) and given as an environment variable (DLROUTER_SERVER_PORT); the command line wins.
                Lists are set apart by commas.
                """);
        for (Map.Entry<String, CommandSpec> group :
                commandLine.getCommandSpec().mixins().entrySet()) {
            if (BackendOptions.fit(group.getValue(), backends)) {
                append(text, group.getKey(), group.getValue().options());
            }
        }
        append(text, "Other", List.of(option("--help"), option("--version")));
        return text.toString();
    }

    private void append(StringBuilder text, String heading, List<OptionSpec> options) {
        Help help = commandLine.getHelp();
        Help.Layout layout = help.createDefaultLayout();
        layout.addOptions(options, help.parameterLabelRenderer());
        text.append('\n').append(heading).append(":\n").append(layout);
    }

    private OptionSpec option(String name) {
        return commandLine.getCommandSpec().findOption(name);
    }
}
