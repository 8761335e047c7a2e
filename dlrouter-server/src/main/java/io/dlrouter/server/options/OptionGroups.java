package io.dlrouter.server.options;

import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The list of options in {@code --help}: one group for each mixin, without the options of backends that are not
 * configured. picocli lists groups only for an {@code ArgGroup}, which does not apply defaults to options that are absent.
 */
final class OptionGroups implements IHelpSectionRenderer {
    private final RoutingOptions routing;

    /** @param routing names the backends once the arguments are parsed */
    OptionGroups(RoutingOptions routing) {
        this.routing = routing;
    }

    @Override
    public String render(Help help) {
        StringBuilder text = new StringBuilder();
        CommandSpec command = help.commandSpec();
        command.mixins().forEach((heading, group) -> {
            if (BackendOptionGroup.fit(group, routing.backends)) {
                text.append(group(heading, group.options(), help));
            }
        });
        return text.append(group("Other", List.of(command.findOption("--help"), command.findOption("--version")), help))
                .toString();
    }

    private static String group(String heading, List<OptionSpec> options, Help help) {
        Help.Layout layout = help.createDefaultLayout();
        layout.addOptions(options, help.parameterLabelRenderer());
        return "\n" + heading + ":\n" + layout;
    }
}
