package io.dlrouter.server.options;

import java.util.Arrays;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * The command line of one command, read by picocli. Each option may be written with dashes or with underscores: this is
 * not left to picocli, whose help lists an option under all of its names.
 */
public final class OptionParser {
    private static final int HELP_WIDTH = 110;
    private static final int OPTION_WIDTH = 40;

    private final CommandLine commandLine;
    private final OptionErrors errors;

    /** A parser of a command whose options have no environment variables. */
    public OptionParser(Object command) {
        this(command, new EnvironmentDefaults(Map.of()));
    }

    /**
     * A parser of a command's options.
     *
     * @param command annotated for picocli; its fields receive the values
     * @param environment the values of options that are not on the command line
     */
    OptionParser(Object command, EnvironmentDefaults environment) {
        this.commandLine = OptionConverters.register(new CommandLine(command))
                .setUsageHelpWidth(HELP_WIDTH)
                .setUsageHelpLongOptionsMaxWidth(OPTION_WIDTH)
                .setOverwrittenOptionsAllowed(true)
                .setDefaultValueProvider(environment);
        this.errors = new OptionErrors(environment);
    }

    /** The command line, to be configured further. */
    public CommandLine commandLine() {
        return commandLine;
    }

    /**
     * Reads the arguments into the fields of the command.
     *
     * @throws IllegalArgumentException if an argument is invalid; the message is one line with the option, its value and
     *     what was expected
     */
    public void parse(String... arguments) {
        try {
            commandLine.parseArgs(
                    Arrays.stream(arguments).map(this::withUnderscores).toArray(String[]::new));
        } catch (ParameterException e) {
            throw new IllegalArgumentException(errors.message(e), e);
        }
    }

    /** An error of the router, under the name by which the operator set the option. */
    IllegalArgumentException routerError(IllegalArgumentException e) {
        return new IllegalArgumentException(errors.message(e, commandLine), e);
    }

    /** Prints the help or the version, if the arguments ask for one of them. */
    public boolean printHelp() {
        return CommandLine.executeHelpRequest(commandLine.getParseResult()) != null;
    }

    /** The argument, with its option as it is declared. Any other argument is returned unchanged. */
    private String withUnderscores(String argument) {
        int end = argument.indexOf('=') < 0 ? argument.length() : argument.indexOf('=');
        String option = argument.substring(0, end).replaceAll("(?<=[a-z])-(?=[a-z])", "_");
        return isOption(option) ? option + argument.substring(end) : argument;
    }

    private boolean isOption(String name) {
        CommandSpec spec = commandLine.getCommandSpec();
        return spec.optionsMap().containsKey(name) || spec.negatedOptionsMap().containsKey(name);
    }
}
